//! A fresh store for one case, and the ways to do it harm.

use crate::stores::Stores;
use cloakroom_model::ports::doubles::ManualClock;
use std::any::Any;
use std::sync::atomic::AtomicU64;

/// A rule that a store broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(String);

impl Violation {
    /// A violation, in words.
    #[must_use]
    pub const fn of(what: String) -> Self {
        Self(what)
    }
}

impl core::fmt::Display for Violation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a case had anything to test in this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// It did.
    No,
    /// The store does not promise what the case tests.
    Because(&'static str),
}

/// How a case ended.
pub type Verdict = Result<Skipped, Violation>;

/// What a crash does: gives the store as it would be found after a kill at this moment.
pub type Crash = Box<dyn Fn() -> Stores + Send + Sync>;

/// What makes a store fail (`true`) and recover (`false`).
pub type Outage = Box<dyn Fn(bool) + Send + Sync>;

/// A store of its own for one case.
pub struct Rig {
    /// The store.
    pub stores: Stores,
    /// The clock it was opened with.
    pub clock: ManualClock,
    /// How to kill it, if it survives that.
    pub crash: Option<Crash>,
    /// How to make writing fail, if that is possible.
    pub outage: Option<Outage>,
    /// How to close it for good, if it can be closed.
    pub close: Option<Box<dyn Fn() + Send + Sync>>,
    /// Whether it forgets buckets by itself when they are full, and is never asked to.
    pub forgets_buckets: bool,
    /// How many anonymous sessions it holds, if that is bounded.
    pub anonymous: Option<usize>,
    /// Whatever must live as long as the rig: a temporary folder.
    pub keep: Box<dyn Any + Send + Sync>,
    /// How many things the case has made.
    pub(crate) made: AtomicU64,
}

impl core::fmt::Debug for Rig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Rig").field("stores", &self.stores).finish_non_exhaustive()
    }
}

impl Rig {
    /// A rig around a store that cannot be harmed.
    #[must_use]
    pub fn of(stores: Stores, clock: ManualClock) -> Self {
        let anonymous = stores.guarantees.anonymous;
        let made = AtomicU64::new(0);
        Self {
            stores,
            clock,
            crash: None,
            outage: None,
            close: None,
            forgets_buckets: false,
            anonymous,
            keep: Box::new(()),
            made,
        }
    }
}

/// Ends the case with a violation unless the condition holds.
macro_rules! require {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::suite::Violation::of(format!($($text)+)));
        }
    };
}

/// Ends the case unless the two are equal.
macro_rules! require_eq {
    ($one:expr, $other:expr, $($text:tt)+) => {{
        match (&$one, &$other) {
            (one, other) if one != other => {
                let text = format!($($text)+);
                return Err($crate::suite::Violation::of(format!("{text}: {one:?} is not {other:?}")));
            }
            _ => {}
        }
    }};
}

/// Ends the case unless the value has this form.
macro_rules! require_is {
    ($value:expr, $pattern:pat $(if $guard:expr)?, $($text:tt)+) => {{
        let value = $value;
        if !matches!(value, $pattern $(if $guard)?) {
            let text = format!($($text)+);
            return Err($crate::suite::Violation::of(format!("{text}: {value:?}")));
        }
    }};
}

pub(crate) use {require, require_eq, require_is};
