//! How old what is known here may be, by the clock of this machine alone.

use cloakroom_model::words::time::Span;
#[cfg(not(feature = "shuttle"))]
use core::sync::atomic::{AtomicI64, Ordering};
#[cfg(feature = "shuttle")]
use shuttle::sync::atomic::{AtomicI64, Ordering};

/// Nothing was ever proven.
const NEVER: i64 = i64::MIN;
/// It is the truth itself.
const ALWAYS: i64 = i64::MAX;

/// Everything acknowledged before a moment of the own clock is known. The moment only moves on.
#[derive(Debug)]
pub struct Freshness(AtomicI64);

impl Freshness {
    /// Nothing is known yet.
    #[must_use]
    pub const fn unknown() -> Self {
        Self(AtomicI64::new(NEVER))
    }

    /// In the process that commits: a fact is known before it is acknowledged.
    #[must_use]
    pub const fn at_the_source() -> Self {
        Self(AtomicI64::new(ALWAYS))
    }

    /// A proof: what was acknowledged before this moment has been taken in. Call it after that, not before.
    pub fn proven(&self, as_of: Span) {
        self.0.fetch_max(as_of.as_millis(), Ordering::Release);
    }

    /// What is proven. Take it *before* the table is looked into, and the clock *after*: if the process stops in between, what was found is
    /// as old as the clock says then.
    #[must_use]
    pub fn proof(&self) -> Proof {
        Proof(self.0.load(Ordering::Acquire))
    }
}

/// What was proven when a look-up began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof(i64);

impl Proof {
    /// How old what was found may be now; `None`: nobody can say.
    #[must_use]
    pub fn staleness(self, now: Span) -> Option<Span> {
        match self.0 {
            NEVER => None,
            ALWAYS => Some(Span::millis(0)),
            as_of => Some(Span::millis(now.as_millis().saturating_sub(as_of).max(0))),
        }
    }

    /// Whether everything that was acknowledged before a moment of the own clock was known, and in the same millisecond.
    #[must_use]
    pub const fn covers(self, moment: Span) -> bool {
        self.0 > moment.as_millis()
    }

    /// Whether it is fresh enough for a route that bears so much.
    #[must_use]
    pub fn is_within(self, now: Span, at_most: Span) -> bool {
        self.staleness(now).is_some_and(|staleness| staleness <= at_most)
    }
}

#[cfg(test)]
mod tests;
