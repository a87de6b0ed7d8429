//! Which server is believed: another one after a restart and after a failover, which may not have the end of what the one before had, and
//! gives out its numbers once more. Each answer names who gave it, so no number is taken for one of another server.

use core::sync::atomic::{AtomicU64, Ordering};
use parking_lot::Mutex;

#[derive(Debug, Default)]
pub(super) struct Era {
    who: Mutex<Option<Vec<u8>>>,
    number: AtomicU64,
}

impl Era {
    pub(super) fn now(&self) -> u64 {
        self.number.load(Ordering::Acquire)
    }

    /// This one has answered.
    pub(super) fn is_of(&self, who: Vec<u8>) {
        let mut known = self.who.lock();
        if known.as_ref() != Some(&who) && known.replace(who).is_some() {
            self.number.fetch_add(1, Ordering::AcqRel);
        }
    }
}
