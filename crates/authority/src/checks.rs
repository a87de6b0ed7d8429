//! How looks at tickets ended, counted for who watches over it. No figure has a name in it.

use crate::denied::Denied;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// A session that was known.
    Memory,
    /// The store.
    Store,
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    memory: AtomicU64,
    store: AtomicU64,
    refused: AtomicU64,
    unavailable: AtomicU64,
}

impl Checks {
    pub(crate) fn note<T>(&self, from: From, answer: &Result<T, Denied>) {
        let count = match (answer, from) {
            (Ok(_), From::Memory) => &self.memory,
            (Ok(_), From::Store) => &self.store,
            (Err(Denied::Refused(_)), _) => &self.refused,
            (Err(_), _) => &self.unavailable,
        };
        count.fetch_add(1, Relaxed);
    }

    pub(crate) fn all(&self) -> [(&'static str, u64); 4] {
        let read = |count: &AtomicU64| count.load(Relaxed);
        [
            ("memory", read(&self.memory)),
            ("store", read(&self.store)),
            ("refused", read(&self.refused)),
            ("unavailable", read(&self.unavailable)),
        ]
    }
}
