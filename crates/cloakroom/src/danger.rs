//! What promises less than you may think. Everything here is named for what it gives up, and wants a reason.

use crate::store::{MemoryStore, Store};
use cloakroom_model::ports::Clock;
use cloakroom_store::stores::Stores;
use std::path::PathBuf;
use std::sync::Arc;

/// In place of a store, for sessions that cookies carry.
#[derive(Debug, Clone, Copy)]
pub struct SealedWithoutRevocation(&'static str);

/// No ledger: what is signed out or revoked is refused by this process until it ends. After that, and in every other
/// process, a copy of the cookie is good again until it runs out by itself.
#[must_use]
pub const fn sealed_without_revocation(reason: &'static str) -> SealedWithoutRevocation {
    SealedWithoutRevocation(reason)
}

impl Store for SealedWithoutRevocation {
    fn into_stores(self, clock: Arc<dyn Clock>) -> Stores {
        MemoryStore::default().into_stores(clock)
    }

    fn key_file(&self) -> Option<PathBuf> {
        None
    }

    fn may_forget(&self) -> Option<&'static str> {
        Some(self.0)
    }
}
