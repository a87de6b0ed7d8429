//! Why a verb does not get on.

use cloakroom_model::words::text::Malformed;
use cloakroom_store::cells::CellKey;
use cloakroom_store::fault::{Fault, FaultKind};
use cloakroom_store::ledger::Intent;

/// Why it stops here.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Something was changed meanwhile: once more, from the beginning.
    Again,
    /// Another change has claimed this cell.
    Claimed(CellKey, Intent),
    /// One of the stores failed, and nothing was published.
    Fault(Fault),
    /// One of them failed, and nobody knows yet whether it was done.
    Unsure(Fault),
}

/// What a step gives, or why there is no next one.
pub(crate) type Step<T> = Result<T, Halt>;

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Malformed> for Halt {
    fn from(malformed: Malformed) -> Self {
        Self::Fault(Fault::from_source(FaultKind::Corrupt, malformed))
    }
}
