//! The one file that asks the system for the time.

use super::Clock;
use crate::words::time::{Span, Time};
use rustix::time::{ClockId, Timespec, clock_gettime};

/// The system's clocks: wall time, and time since boot that counts suspend.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

const fn millis(at: Timespec) -> i64 {
    at.tv_sec.saturating_mul(1_000).saturating_add(at.tv_nsec / 1_000_000)
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        Time::from_millis(millis(clock_gettime(ClockId::Realtime)))
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
