//! How sign-ins ended, counted for who watches over it. No figure has a name in it.

use super::NotDone;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The counts.
#[derive(Debug, Default)]
pub(super) struct Counts {
    done: AtomicU64,
    wrong: AtomicU64,
    held_up: AtomicU64,
    busy: AtomicU64,
    unavailable: AtomicU64,
}

impl Counts {
    pub(super) fn note<T>(&self, tried: &Result<T, NotDone>) {
        let count = match tried {
            Ok(_) => &self.done,
            Err(NotDone::WrongPassword) => &self.wrong,
            Err(NotDone::TooMany(_)) => &self.held_up,
            Err(NotDone::Busy) => &self.busy,
            Err(_) => &self.unavailable,
        };
        count.fetch_add(1, Relaxed);
    }

    pub(super) fn all(&self) -> [(&'static str, u64); 5] {
        [
            ("done", self.done.load(Relaxed)),
            ("wrong", self.wrong.load(Relaxed)),
            ("held_up", self.held_up.load(Relaxed)),
            ("busy", self.busy.load(Relaxed)),
            ("unavailable", self.unavailable.load(Relaxed)),
        ]
    }
}
