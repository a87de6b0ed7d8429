//! Whether the wall clock can be believed for what cannot be undone: it may jump, and jump back.

use cloakroom_model::words::time::{Span, Time};

/// So much it may differ from how much time has passed.
const DRIFT: i64 = Span::minutes(5).as_millis();
/// So long it must have gone on without a jump.
const SETTLED: i64 = Span::minutes(10).as_millis();

/// What was seen of a wall clock, beside one that only goes forward.
#[derive(Debug)]
pub struct SteadyClock {
    began: i64,
    ahead: i64,
    /// When it jumped last, by the other clock.
    since: Option<i64>,
}

impl SteadyClock {
    /// One that is believed as it is found.
    #[must_use]
    pub const fn new(now: Time, boot: Span) -> Self {
        Self { began: boot.as_millis(), ahead: now.millis().saturating_sub(boot.as_millis()), since: None }
    }

    /// When it jumped last, by the other clock.
    #[must_use]
    pub fn jumped(&self) -> Option<Span> {
        self.since.map(Span::millis)
    }

    /// Whether what cannot be found again may be forgotten by it: it has not jumped for a while, and was seen for so long. A machine may start with a
    /// clock that is wrong, and set it right a moment later.
    pub fn may_forget(&mut self, now: Time, boot: Span) -> bool {
        self.is_steady(now, boot) && boot.as_millis().saturating_sub(self.began) >= SETTLED
    }

    /// Looks at it; whether it has not jumped for a while.
    pub fn is_steady(&mut self, now: Time, boot: Span) -> bool {
        let ahead = now.millis().saturating_sub(boot.as_millis());
        if ahead.abs_diff(self.ahead) > DRIFT.unsigned_abs() {
            (self.ahead, self.since) = (ahead, Some(boot.as_millis()));
        }
        self.since.is_none_or(|since| boot.as_millis().saturating_sub(since) >= SETTLED)
    }
}

#[cfg(test)]
mod tests;
