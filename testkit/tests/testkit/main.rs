//! Processes that are killed.

#![cfg(test)]

use cloakroom_store_sqlite::Options;
use cloakroom_testkit::crash::{ledger::Said, run, verdict};
use cloakroom_testkit::engine::{Engine, wait};
use std::path::Path;
use std::process::Command;

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

/// Opening the database again in the same process is refused, and takes nothing from who has it open. Closing a file
/// drops every lock the process has on it; an outsider could then take the database for itself, or its log away.
#[test]
fn a_refused_second_opener_leaves_the_first_its_locks() {
    let folder = tempfile::TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    let outsider_takes_it =
        || Command::new(env!("CARGO_BIN_EXE_crash")).arg("--take").arg(&database).status().unwrap().success();
    let engine = Engine::open(&database, 100).unwrap();
    wait(engine.sign_in(&"anna".parse().unwrap())).unwrap();
    assert!(!outsider_takes_it(), "an open database is locked");
    assert!(Options::at(&database).open().is_err(), "in use");
    assert!(!outsider_takes_it(), "it is not any more");
    drop(engine);
    assert!(outsider_takes_it(), "whoever closes it lets go");
}
