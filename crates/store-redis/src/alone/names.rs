//! Names of commits. They say nothing and guard nothing; no two may be the same.

use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A drawn beginning, and a number behind it.
#[derive(Debug)]
pub(super) struct Names {
    drawn: u64,
    given: AtomicU64,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { drawn: RandomState::new().build_hasher().finish(), given: AtomicU64::new(0) }
    }

    pub(super) fn next(&self) -> String {
        format!("{:016x}{:x}", self.drawn, self.given.fetch_add(1, Ordering::Relaxed))
    }

    /// This process, among those that use the ledger.
    pub(super) fn of_process(&self) -> String {
        format!("{:016x}", self.drawn)
    }
}
