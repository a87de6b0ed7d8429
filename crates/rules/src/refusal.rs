//! Saying no. A refusal is the peer's doing and has a name that never changes.

use cloakroom_model::ports::NoEntropy;

/// Which limit a session ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// It lay unused for too long.
    Idle,
    /// It was as old as it may become.
    Absolute,
}

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no session under this ticket.
    #[error("not signed in")]
    NotSignedIn,
    /// The session ran out.
    #[error("the session has expired")]
    Expired(Limit),
    /// The session was ended, or a counter has passed it.
    #[error("the session was ended")]
    Ended,
    /// The ticket is good on another host only.
    #[error("this ticket belongs to another host")]
    WrongHost,
    /// Two clients hold tickets of one session. It was ended.
    #[error("two clients use this session")]
    TwoHolders,
    /// The client is not the one that signed in.
    #[error("the client has changed")]
    ClientChanged,
    /// A stronger or fresher proof is needed.
    #[error("confirm that it is you")]
    StepUpRequired,
    /// The proof is about somebody else.
    #[error("this proof is about another user")]
    AnotherUser,
    /// The proof was overtaken: a password changed, everything was revoked.
    #[error("this sign-in was overtaken by a change")]
    ProofOvertaken,
    /// Somebody else was faster, again and again.
    #[error("the session is being changed elsewhere")]
    Conflict,
    /// Too many tries from one network.
    #[error("too many attempts from this network")]
    TooMany,
    /// Several cookies of one name, and more than one of them is live.
    #[error("several sessions were presented at once")]
    Ambiguous,
    /// A cookie that carries its session is not as it was given out.
    #[error("this cookie was changed, or belongs somewhere else")]
    Tampered,
    /// The token is not one of ours, not for us, or not yet.
    #[error("the token is not good here")]
    BadToken,
    /// The token does not allow this.
    #[error("the token does not allow this")]
    NotAllowed,
    /// The data does not fit.
    #[error("the session holds too much")]
    DataTooLarge,
    /// Who signed in by a token has no session to keep anything in.
    #[error("a sign-in by token holds no data")]
    HoldsNoData,
    /// A value is not what a session can hold.
    #[error("the value cannot be kept in a session")]
    BadValue,
}

impl Refusal {
    /// The name of the problem type, as people meet it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NotSignedIn | Self::Ended | Self::WrongHost | Self::TwoHolders | Self::ClientChanged => {
                "not-signed-in"
            }
            Self::Expired(_) => "session-expired",
            Self::StepUpRequired => "step-up-required",
            Self::BadToken => "not-signed-in",
            Self::AnotherUser | Self::NotAllowed => "forbidden",
            Self::ProofOvertaken | Self::Conflict => "conflict",
            Self::TooMany => "too-many-attempts",
            Self::Ambiguous => "duplicate-cookie",
            Self::Tampered => "tampered-cookie",
            Self::DataTooLarge => "data-too-large",
            Self::BadValue | Self::HoldsNoData => "bad-request",
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The system has no randomness.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}
