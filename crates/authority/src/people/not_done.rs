//! Why somebody did not get what they asked for.

use crate::denied::Denied;
use cloakroom_model::ports::NoEntropy;
use cloakroom_model::words::time::Time;
use cloakroom_rules::people::new_password::Weak;
use cloakroom_rules::refusal::Refusal;
use cloakroom_store::fault::Fault;

/// Why not. What is ours (a store that is down, a full queue) says nothing about whoever asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotDone {
    /// The engine says no, or the store does not answer.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Too many are waiting to have a password hashed.
    #[error("too many sign-ins are waiting")]
    Busy,
    /// Too many tries. There is one more at this time.
    #[error("too many tries")]
    TooMany(Time),
    /// There is no such account, or this is not its password. Nobody is told which.
    #[error("the name or the password is wrong")]
    WrongPassword,
    /// The code is not the one that the other browser shows.
    #[error("the code is wrong")]
    WrongCode,
    /// The new password may not be chosen.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// A name is somebody else's.
    #[error("this name is taken")]
    Taken,
    /// The link was used, or is too old, or never was one.
    #[error("this link is no longer good")]
    LinkGone,
    /// Nobody can sign up here by themselves.
    #[error("sign-up is closed")]
    Closed,
    /// Their address was changed, and the old one can still undo it. Until then the account stays.
    #[error("the address was changed lately: the account stays until that cannot be undone any more")]
    TooSoon(Time),
    /// There is no such person.
    #[error("there is nobody of this name")]
    Nobody,
}

impl From<Fault> for NotDone {
    fn from(fault: Fault) -> Self {
        Self::Denied(fault.into())
    }
}

impl From<NoEntropy> for NotDone {
    fn from(_: NoEntropy) -> Self {
        Self::Denied(Denied::NoSecrets)
    }
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
}
