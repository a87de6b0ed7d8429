//! The one file that asks the system for the time.

use super::Clock;
use crate::words::time::{Span, Time};
use core::time::Duration;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::{SystemTime, UNIX_EPOCH};

/// The system's clocks: wall time, and time since boot that counts suspend.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

const fn millis(at: Timespec) -> i64 {
    at.tv_sec.saturating_mul(1_000).saturating_add(at.tv_nsec / 1_000_000)
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Time::from_millis(since.map_or_else(|before| -millis(before.duration()), millis))
    }

    fn since_boot(&self) -> Span {
        Span::millis(millis(clock_gettime(ClockId::Boottime)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks() {
        assert!(SystemClock.now().millis() > 1_700_000_000_000);
        let before = SystemClock.since_boot();
        assert!(before > Span::ZERO && SystemClock.since_boot() >= before);
    }
}
