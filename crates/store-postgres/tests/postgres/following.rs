//! Several processes on one database.

use crate::rig::{close_off, open, runtime, server, wait_a_moment};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::sessions::{Closing, When};
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Change, Told, Watcher};
use cloakroom_store_postgres::Options;
use parking_lot::Mutex;
use std::sync::Arc;

#[derive(Default)]
struct Heard(Mutex<Vec<KeptFact>>);

impl Watcher for Heard {
    fn committed(&self, change: Change<'_>) {
        self.0.lock().extend_from_slice(change.facts);
    }
}

fn revoked(number: u8) -> KeptFact {
    let key = FactKey::Session(SessionId::from_bytes([number; 16]));
    KeptFact { fact: Fact::revoke(key), until: Time::MAX }
}

fn publish(stores: &Stores, fact: &KeptFact) {
    let trail = Trail { facts: vec![fact.clone()], events: Vec::new() };
    runtime().block_on(stores.ledger.publish(&trail)).unwrap();
}

fn listening(stores: &Stores) -> Arc<Heard> {
    let heard = Arc::new(Heard::default());
    let watcher: Arc<dyn Watcher> = heard.clone();
    stores.watch.watch(&watcher);
    heard
}

fn upto(stores: &Stores) -> Span {
    match stores.watch.told() {
        Told::UpTo(upto) => upto,
        Told::OfAll => panic!("others write here too"),
    }
}

/// Whether it comes true while others do their work.
fn comes_true(condition: impl Fn() -> bool) -> bool {
    (0..500).any(|_| {
        let is_so = condition();
        if !is_so {
            wait_a_moment();
        }
        is_so
    })
}

#[test]
fn what_one_process_publishes_all_are_told_and_how_far_is_proven() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let [one, other] = [open(&database, &clock), open(&database, &clock)].map(|store| store.into_stores());
    let (at_one, at_other) = (listening(&one), listening(&other));
    publish(&one, &revoked(1));
    assert!(at_one.0.lock().contains(&revoked(1)), "its own, before the answer");
    assert!(comes_true(|| at_other.0.lock().contains(&revoked(1))), "the other one is told");
    publish(&other, &revoked(2));
    assert!(comes_true(|| at_one.0.lock().contains(&revoked(2))));
    // Time passes: what is known is proven to be of now.
    clock.advance(Span::seconds(5));
    let now = upto(&one);
    assert!(comes_true(|| upto(&one) > now && upto(&other) > now), "ticks");
}

#[test]
fn lanes_that_several_processes_write_to_have_no_gap_and_nothing_twice() {
    const EACH: u8 = 100;
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let all: Vec<Stores> = (0..3).map(|_| open(&database, &clock).into_stores()).collect();
    std::thread::scope(|scope| {
        for (number, stores) in all.iter().enumerate() {
            for half in 0..4u8 {
                let first = u8::try_from(number).unwrap() * 4 + half;
                scope.spawn(move || {
                    for place in 0..EACH / 4 {
                        let key = FactKey::Session(SessionId::from_bytes([
                            first, place, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                        ]));
                        publish(stores, &KeptFact { fact: Fact::revoke(key), until: Time::MAX });
                    }
                });
            }
        }
    });
    let tails = runtime().block_on(all[0].ledger.since(&[], 10_000)).unwrap();
    for tail in &tails {
        let numbers: Vec<u64> = tail.entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, (1..=tail.head).collect::<Vec<_>>(), "{:?}", tail.lane);
    }
    assert_eq!(tails.iter().map(|tail| tail.entries.len()).sum::<usize>(), 3 * usize::from(EACH));
}

#[test]
fn who_answers_and_can_commit_nothing_proves_nothing() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let stores = open(&database, &clock).into_stores();
    clock.advance(Span::seconds(5));
    let then = upto(&stores);
    assert!(comes_true(|| upto(&stores) > then));
    depose(&database);
    let deposed = upto(&stores);
    for _ in 0..20 {
        clock.advance(Span::seconds(5));
        wait_a_moment();
    }
    assert!(upto(&stores) <= Span::millis(deposed.as_millis() + 5_000), "it was vouched for by nobody");
    let read = runtime().block_on(stores.ledger.known(&[FactKey::Epoch]));
    assert!(read.is_err(), "what it says may have been overtaken");
    server().give(&database, "DROP TRIGGER deposed ON ck_server").unwrap();
    assert!(comes_true(|| upto(&stores) > Span::millis(deposed.as_millis() + 5_000)), "and again");
    assert!(runtime().block_on(stores.ledger.known(&[FactKey::Epoch])).is_ok());
}

/// A server on which nothing can be committed any more, though it reads: a primary whose standby has taken over.
fn depose(database: &str) {
    let sql = "CREATE FUNCTION deposed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'deposed'; END $$; \
               CREATE TRIGGER deposed BEFORE INSERT OR UPDATE ON ck_server EXECUTE FUNCTION deposed()";
    server().give(database, sql).unwrap();
}

#[test]
fn a_connection_is_used_when_its_server_has_proven_itself() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let stores = open(&database, &clock).into_stores();
    // Time stands still: what was proven at the start is good. No connection that reads or writes was made yet.
    depose(&database);
    assert!(runtime().block_on(stores.ledger.known(&[FactKey::Epoch])).is_err(), "a reader");
    let nothing =
        vec![Closing { session: SessionId::from_bytes([1; 16]), when: When::Always, trail: Trail::none() }];
    assert!(
        runtime().block_on(stores.sessions.close(nothing)).is_err(),
        "a writer that finds nothing to write"
    );
}

#[test]
fn a_lane_that_went_back_is_told_from_its_beginning() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let [one, other] = [open(&database, &clock), open(&database, &clock)].map(|store| store.into_stores());
    let heard = listening(&other);
    for number in 1..=5 {
        publish(&one, &revoked(number));
    }
    assert!(comes_true(|| heard.0.lock().contains(&revoked(5))));
    // A standby that had not got the last three takes over: they are lost, and their numbers are given out again.
    let sql = "BEGIN; DELETE FROM ck_fact WHERE seq > 2; UPDATE ck_lane SET fact_head = 2 WHERE fact_head > 2; COMMIT";
    server().give(&database, sql).unwrap();
    for _ in 0..10 {
        wait_a_moment();
    }
    publish(&one, &revoked(9));
    assert!(
        comes_true(|| heard.0.lock().contains(&revoked(9))),
        "what has the number of something that was lost"
    );
}

/// The same, where whoever follows looks again when the lane is longer than it was: the numbers alone say nothing then.
#[test]
fn after_a_connection_that_was_lost_every_lane_is_read_anew() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    // Its time passes only while it is waited for.
    let asleep = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = Options::at(server().url(&database)).clock(Arc::new(clock.clone()));
    let sleeper = asleep.block_on(options.open()).unwrap().into_stores();
    let heard = listening(&sleeper);
    let hears = |numbers: core::ops::RangeInclusive<u8>| {
        asleep.block_on(async {
            let is_heard = || numbers.clone().all(|number| heard.0.lock().contains(&revoked(number)));
            for _ in 0..500 {
                if is_heard() {
                    break;
                }
                tokio::time::sleep(core::time::Duration::from_millis(10)).await;
            }
            is_heard()
        })
    };
    let one = open(&database, &clock).into_stores();
    (1..=5).for_each(|number| publish(&one, &revoked(number)));
    assert!(hears(1..=5));
    close_off(&database, true);
    close_off(&database, false);
    let sql = "BEGIN; DELETE FROM ck_fact WHERE seq > 2; UPDATE ck_lane SET fact_head = 2 WHERE fact_head > 2; COMMIT";
    server().give(&database, sql).unwrap();
    // In the same lane, as soon as it has a connection again.
    for number in 6..=9 {
        let trail = Trail { facts: vec![revoked(number)], events: Vec::new() };
        assert!(comes_true(|| runtime().block_on(one.ledger.publish(&trail)).is_ok()));
    }
    assert!(hears(6..=9), "{:?}", heard.0.lock());
}

#[test]
fn who_cannot_write_proves_nothing_and_goes_on_when_it_can() {
    let (database, clock) = (server().database().unwrap(), ManualClock::default());
    let [one, other] = [open(&database, &clock), open(&database, &clock)].map(|store| store.into_stores());
    let heard = listening(&other);
    clock.advance(Span::seconds(5));
    let then = upto(&other);
    assert!(comes_true(|| upto(&other) > then));
    // As a primary that was deposed: it answers, and what is written there is refused.
    let set = |on| {
        let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = {on}");
        server().give("postgres", &sql).unwrap();
        let all =
            format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'");
        server().give("postgres", &all).unwrap();
    };
    set("on");
    let deposed = upto(&other);
    for _ in 0..20 {
        clock.advance(Span::seconds(5));
        wait_a_moment();
    }
    assert!(upto(&other) <= Span::millis(deposed.as_millis() + 5_000), "it was vouched for by nobody");
    set("off");
    assert!(comes_true(|| upto(&other) > Span::millis(deposed.as_millis() + 5_000)), "and again");
    // Nor does one that does not answer.
    close_off(&database, true);
    clock.advance(Span::seconds(5));
    let gone = upto(&other);
    for _ in 0..20 {
        clock.advance(Span::seconds(5));
        wait_a_moment();
    }
    assert_eq!(upto(&other), gone);
    close_off(&database, false);
    assert!(comes_true(|| upto(&other) > gone));
    // What was published meanwhile was not missed.
    let until_it_writes = Trail { facts: vec![revoked(9)], events: Vec::new() };
    assert!(comes_true(|| runtime().block_on(one.ledger.publish(&until_it_writes)).is_ok()));
    assert!(comes_true(|| heard.0.lock().contains(&revoked(9))));
}
