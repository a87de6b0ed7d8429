//! A clock that is set by hand, and entropy that can be predicted. For tests.

use super::{Clock, Entropy, NoEntropy};
use crate::words::digest::Digest;
use crate::words::time::{Span, Time};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};

/// A clock that moves when it is told to. Clones share the time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    wall: Arc<AtomicI64>,
    boot: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: Time) -> Self {
        Self { wall: Arc::new(AtomicI64::new(now.millis())), boot: Arc::new(AtomicI64::new(1_000)) }
    }

    /// Lets time pass.
    pub fn advance(&self, span: Span) {
        self.wall.fetch_add(span.as_millis(), SeqCst);
        self.boot.fetch_add(span.as_millis().max(0), SeqCst);
    }

    /// Sets the wall clock alone, as an administrator or a bad time server does.
    pub fn jump(&self, to: Time) {
        self.wall.store(to.millis(), SeqCst);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::at(Time::from_millis(1_790_000_000_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Time {
        Time::from_millis(self.wall.load(SeqCst))
    }

    fn since_boot(&self) -> Span {
        Span::millis(self.boot.load(SeqCst))
    }
}

/// Entropy that is the same for the same seed.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    /// The sequence of a seed, from its beginning.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        for chunk in out.chunks_mut(32) {
            let turn = self.drawn.fetch_add(1, SeqCst);
            let block = Digest::of(&[&self.seed.to_be_bytes(), &turn.to_be_bytes()]);
            chunk.iter_mut().zip(block.0).for_each(|(place, byte)| *place = byte);
        }
        Ok(())
    }
}

/// A generator that always fails.
#[derive(Debug, Clone, Copy)]
pub struct NoEntropyAtAll;

impl Entropy for NoEntropyAtAll {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}
