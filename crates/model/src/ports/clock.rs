use crate::words::time::{Span, Time};

/// What time it is. Passed in, never asked of the system elsewhere.
pub trait Clock: Send + Sync + core::fmt::Debug {
    /// The wall clock. It may jump.
    fn now(&self) -> Time;

    /// Time since the machine started, counting suspend. It never goes back.
    fn since_boot(&self) -> Span;
}
