//! Which server is believed. When the one that was followed does not answer, or vouches for nothing, another may be the truth: connections from
//! before are not used any more, though the server at their other end may be there still.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

#[derive(Debug, Clone, Default)]
pub(crate) struct Era(Arc<AtomicU64>);

impl Era {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn ends(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
