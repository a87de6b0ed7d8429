//! Processes that are killed.

#![cfg(test)]

use cloakroom_testkit::crash::{ledger::Said, run, verdict};
use std::path::Path;

/// Slow: fifty kills. `cargo xtask crash --cycles N` runs as many as wanted.
#[test]
fn slow_fifty_kills_lose_nothing_that_was_acknowledged() {
    let report = run(Path::new(env!("CARGO_BIN_EXE_crash")), 50, |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.cycles == 50 && report.acknowledged > 1_000 && report.under_way > 50, "{report:?}");
}

/// The verdict itself: a store that does not hold what was said is told apart from one that does.
#[test]
fn the_verdict_finds_what_was_said_and_is_not_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    let mut said = Said::default();
    said.hear("try open anna");
    said.hear(&format!("ack open anna ses_00000000000000000000000001 ckt_{}", "A".repeat(43)));
    let found = verdict::of(&database, &mut said).unwrap();
    assert!(found.iter().any(|what| what.contains("an acknowledged session is gone")), "{found:?}");
    assert!(found.iter().any(|what| what.contains("its events are []")), "{found:?}");
}
