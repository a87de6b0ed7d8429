//! The memory store against the suite, and the suite against stores that cheat.

use super::doubles::{Cheat, cheating};
use super::{CASES, Rig};
use crate::memory::{Limits, MemoryStore};
use cloakroom_model::ports::doubles::ManualClock;
use std::sync::Arc;

fn memory() -> Rig {
    let clock = ManualClock::default();
    let limits = Limits { anonymous: 200, ..Limits::default() };
    Rig::of(MemoryStore::open(Arc::new(clock.clone()), limits).into_stores(), clock)
}

crate::conformance!(super::memory);

/// What a store without durability and without outages can be caught at.
#[test]
fn cheats_are_caught() {
    let elsewhere = [Cheat::AckBeforeCommit, Cheat::OutageAsAbsent];
    for cheat in Cheat::ALL.into_iter().filter(|cheat| !elsewhere.contains(cheat)) {
        let quick = CASES.iter().filter(|case| !case.name.starts_with("races::"));
        let caught: Vec<_> = quick
            .filter(|case| (case.run)(&cheating(memory(), cheat)).is_err())
            .map(|case| case.name)
            .collect();
        assert!(!caught.is_empty(), "{cheat:?} gets through the suite");
    }
}
