//! Why a verb did not do what it was asked.

use cloakroom_crypto::derive::Unavailable;
use cloakroom_model::ports::NoEntropy;
use cloakroom_rules::refusal::{Refusal, Stop};
use cloakroom_rules::token::mint::BadClaim;
use cloakroom_store::fault::{Fault, FaultKind};

/// A refusal is about who asks; everything else is ours and says nothing about them.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Denied {
    /// The peer's doing.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store does not answer. Nobody is signed out by this.
    #[error("the store is not available")]
    Down(#[from] Fault),
    /// The system has no randomness, or its cryptography fails.
    #[error("the system cannot make secrets")]
    NoSecrets,
    /// This engine was opened without tokens.
    #[error("tokens are not set up")]
    NoTokens,
    /// What the app adds to its tokens is refused.
    #[error(transparent)]
    BadClaims(#[from] BadClaim),
}

impl From<Stop> for Denied {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::NoEntropy(_) => Self::NoSecrets,
        }
    }
}

impl From<NoEntropy> for Denied {
    fn from(_: NoEntropy) -> Self {
        Self::NoSecrets
    }
}

impl From<Unavailable> for Denied {
    fn from(_: Unavailable) -> Self {
        Self::NoSecrets
    }
}

impl Denied {
    /// A copy in memory that is not what was put there.
    pub(crate) const fn corrupt() -> Self {
        Self::Down(Fault::of(FaultKind::Corrupt))
    }

    /// The store takes longer than anybody waits.
    #[must_use]
    pub const fn too_slow() -> Self {
        Self::Down(Fault::of(FaultKind::Unavailable))
    }

    /// The refusal, if it is one.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Down(_) | Self::NoSecrets | Self::NoTokens | Self::BadClaims(_) => None,
        }
    }
}
