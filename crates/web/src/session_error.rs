//! What can go wrong with a session in a handler.

use crate::problem::Problem;
use crate::refusals;
use cloakroom_authority::Denied;
use cloakroom_rules::refusal::Refusal;

/// What went wrong with a session in a handler.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SessionError {
    /// The engine says no, or the store does not answer.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The answer has begun: nothing that is changed now would be written. Streams use `detach`.
    #[error("the answer has begun, nothing can be written to the session any more")]
    Spent,
    /// Too many sign-ins are waiting.
    #[error("too many sign-ins are waiting")]
    Busy,
}

impl From<Refusal> for SessionError {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
}

impl SessionError {
    /// What is answered to it.
    #[must_use]
    pub const fn problem(&self) -> Problem {
        match self {
            Self::Denied(denied) => refusals::of(denied),
            Self::Spent | Self::Busy => refusals::OVERLOADED,
        }
    }
}
