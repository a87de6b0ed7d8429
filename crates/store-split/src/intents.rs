//! Names of changes. They say nothing and guard nothing; no two may be the same.

use cloakroom_store::ledger::Intent;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A drawn beginning, and a number behind it.
#[derive(Debug)]
pub(crate) struct Intents {
    drawn: u64,
    given: AtomicU64,
}

impl Intents {
    pub(crate) fn new() -> Self {
        Self { drawn: RandomState::new().build_hasher().finish(), given: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> Intent {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        Intent((u128::from(self.drawn) << 64 | u128::from(number)).to_be_bytes())
    }
}
