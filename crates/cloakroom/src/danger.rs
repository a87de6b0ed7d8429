//! What promises less than you may think. Everything here is named for what it gives up, and wants a reason.

use crate::store::{MemoryStore, Store};
use cloakroom_model::ports::Clock;
use cloakroom_rules::token::mint::{BadClaim, Extra, of_anything};
use cloakroom_store::stores::Stores;
use serde::Serialize;
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

/// Claims that nobody looks through for secrets. Everybody who holds a token can read it, and so can every log and every cache that it
/// passes: say why what stands in it is none. Without a reason it is refused.
pub fn claims_with_secrets(claims: &impl Serialize, reason: &'static str) -> Result<Extra, BadClaim> {
    if reason.trim().is_empty() { Err(BadClaim::NoReason) } else { of_anything(claims) }
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
