//! Processes that are killed, and days that are simulated.

#![cfg(test)]

mod trouble;

mod replay;

use cloakroom_store_sqlite::Options;
use cloakroom_testkit::crash::servers::Servers;
use cloakroom_testkit::crash::{File, ledger::Said, run, verdict};
use cloakroom_testkit::engine::{Engine, wait};
use cloakroom_testkit::feed::mutation::Mutation;
use cloakroom_testkit::feed::world::play;
use cloakroom_testkit::renewal::scheme::Scheme;
use cloakroom_testkit::renewal::table::{Line, line, table};
use std::path::Path;
use std::process::Command;

/// Slow: fifty kills. `cargo xtask crash --cycles N` runs as many as wanted.
#[test]
fn slow_fifty_kills_lose_nothing_that_was_acknowledged() {
    let report = run(Path::new(env!("CARGO_BIN_EXE_crash")), &mut File::default(), 50, |_| {}).unwrap();
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.cycles == 50 && report.acknowledged > 1_000 && report.under_way > 50, "{report:?}");
}

/// The same where the writer, PostgreSQL, Redis and all of them are killed in turns. `cargo xtask crash --cycles N --on postgres|redis|redis-alone`.
#[test]
fn slow_kills_of_writers_and_servers_lose_nothing_that_was_acknowledged() {
    for (on, cycles) in [("postgres", 6), ("redis", 8), ("redis-alone", 6)] {
        let mut servers = Servers::start(on).unwrap();
        let report = run(Path::new(env!("CARGO_BIN_EXE_crash")), &mut servers, cycles, |_| {}).unwrap();
        assert_eq!(report.violations, Vec::<String>::new());
        assert!(report.cycles == cycles && report.acknowledged > 100 && report.under_way > 10, "{report:?}");
    }
}

/// The verdict itself: a store that does not hold what was said is told apart from one that does.
#[test]
fn the_verdict_finds_what_was_said_and_is_not_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    let mut said = Said::default();
    said.hear("try open anna");
    said.hear(&format!("ack open anna ses_00000000000000000000000001 ckt_{}", "A".repeat(43)));
    let found = verdict::of(&Engine::open(&database, 100).unwrap(), &mut said).unwrap();
    assert!(found.iter().any(|what| what.contains("an acknowledged session is gone")), "{found:?}");
    assert!(found.iter().any(|what| what.contains("its events are []")), "{found:?}");
    // Somebody was told that bob is out, and he is not.
    let (engine, mut said) = (Engine::open(&database, 100).unwrap(), Said::default());
    let bob = wait(engine.sign_in(&"bob".parse().unwrap())).unwrap();
    said.hear("try open bob");
    said.hear(&format!("ack open bob {} {}", bob.session.id, bob.ticket.to_text().expose()));
    said.hear(&format!("try end {}", bob.session.id));
    said.hear(&format!("ack end {}", bob.session.id));
    let found = verdict::of(&engine, &mut said).unwrap();
    assert!(found.iter().any(|what| what.contains("a revoked session is accepted")), "{found:?}");
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

/// The promise about refresh tokens, over days that nobody has chosen.
#[test]
fn races_and_quick_retries_never_sign_anybody_out_and_two_who_renew_are_found_out() {
    for scheme in [Scheme::Strict, Scheme::Fork, Scheme::Bound] {
        let Line { signed_out_brisk, renews, .. } = line(scheme, 500);
        assert_eq!(signed_out_brisk, 0, "{scheme:?}");
        assert_eq!(renews.found_out, renews.got_in, "{scheme:?}");
    }
    // The simulation can fail: the rule without a window does.
    assert!(line(Scheme::Once, 100).signed_out_brisk > 50);
    assert!(line(Scheme::ParentAlways, 100).signed_out_brisk > 5, "tabs fall two behind there");
}

#[test]
fn slow_the_table_in_the_docs_is_what_the_simulation_says() {
    let docs = include_str!("../../../docs/designs/refresh.md");
    let table = table(2_000);
    assert!(docs.contains(table.trim_end()), "put this into docs/designs/refresh.md:\n{table}");
}

/// What the feed promises, in worlds that nobody has chosen: nobody is let in later than the bound after they were taken back, nor ever again
/// after they were denied, and nobody is denied whom nobody took back. And it is of use: most checks have an answer.
#[test]
fn nobody_is_let_in_later_than_the_bound() {
    let (mut answered, mut unknown) = (0, 0);
    for seed in 0..2_000 {
        let played = play(seed, None).unwrap();
        assert_eq!(played.violation, None, "seed {seed}");
        answered += played.accepted + played.denied;
        unknown += played.unknown;
    }
    assert!(answered > unknown, "{answered} answered, {unknown} unknown");
}

/// A world that does not notice a broken rule is too kind.
#[test]
fn every_broken_rule_is_noticed_soon() {
    for mutation in Mutation::ALL.iter().copied() {
        let noticed = (0..2_000).any(|seed| play(seed, Some(mutation)).unwrap().violation.is_some());
        assert!(noticed, "{mutation:?}");
    }
}

#[test]
fn a_seed_plays_the_same_world_again() {
    for seed in [0, 7, 1_999] {
        assert_eq!(play(seed, None).unwrap(), play(seed, None).unwrap());
    }
    assert_ne!(play(1, None).unwrap().trace, play(2, None).unwrap().trace);
}
