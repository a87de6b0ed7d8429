//! Outages. Whoever gets one knows nothing: not that a session is absent, not that it is there.

use std::error::Error;
use std::sync::Arc;

/// What kind of outage. Callers answer all of them with 503; operators tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The store does not answer, or not in time.
    Unavailable,
    /// There is no room for another signed-in session.
    Full,
    /// What was read is not what was written.
    Corrupt,
    /// The store has been shut down.
    Closed,
}

/// A store could not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store failed ({kind:?})")]
pub struct Fault {
    kind: FaultKind,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    /// An outage without a source.
    #[must_use]
    pub const fn of(kind: FaultKind) -> Self {
        Self { kind, source: None }
    }

    /// An outage with the engine's own error behind it.
    pub fn from_source(kind: FaultKind, source: impl Error + Send + Sync + 'static) -> Self {
        Self { kind, source: Some(Arc::new(source)) }
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }
}

/// The answer to a verb, or an outage.
pub type Answer<T> = Result<T, Fault>;
