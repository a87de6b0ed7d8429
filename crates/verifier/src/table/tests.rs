use super::*;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::fact::Fact;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Span;
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

const NOW: Time = Time::from_millis(1_790_000_000_000);

fn table() -> Table {
    Table::draw(&SeededEntropy::new(1)).unwrap()
}

fn session(number: u64) -> SessionId {
    SessionId::from_bytes(u128::from(number).to_be_bytes())
}

fn fact(key: FactKey, at_least: u64, until: Time) -> KeptFact {
    KeptFact { fact: Fact { key, at_least }, until }
}

fn user(number: u64) -> FactKey {
    FactKey::User(format!("user-{number}").parse().unwrap())
}

proptest! {
    /// Joining is union and maximum: any order, any repetition, the same table.
    #[test]
    fn order_and_repetition_are_harmless(facts in prop::collection::vec((0u64..20, 1u64..9), 1..60), again in 0usize..60) {
        let kept: Vec<_> = facts.iter().map(|(who, number)| fact(user(*who), *number, Time::MAX)).collect();
        let (one, other) = (table(), table());
        one.learn(&kept);
        other.learn(kept.iter().rev());
        other.learn(kept.iter().skip(again % kept.len()));
        for who in 0..20 {
            let known = facts.iter().filter(|(other, _)| *other == who).map(|(_, number)| *number).max();
            prop_assert_eq!(one.at_least(&user(who)), known.unwrap_or_default());
            prop_assert_eq!(one.at_least(&user(who)), other.at_least(&user(who)));
        }
    }
}

#[test]
fn grows_and_forgets_what_is_over_and_nothing_else() {
    let table = table();
    let soon = NOW.plus(Span::hours(1));
    for number in 0..5_000 {
        let until = if number % 5 == 0 { Time::MAX } else { soon };
        table.learn(&[fact(FactKey::Session(session(number)), u64::MAX, until)]);
    }
    assert_eq!((table.len(), table.forget(soon)), (5_000, 0), "it may still deny something at this moment");
    let later = soon.plus(Span::millis(1));
    table.learn(&[fact(FactKey::Session(session(5_000)), u64::MAX, later)]);
    assert_eq!(table.forget(later), 4_000);
    assert_eq!(table.at_least(&FactKey::Session(session(5_000))), u64::MAX, "it may, too");
    for number in 0..5_000 {
        let wanted = if number % 5 == 0 { u64::MAX } else { 0 };
        assert_eq!(table.at_least(&FactKey::Session(session(number))), wanted);
    }
    assert_eq!(table.len(), 1_001);
}

#[test]
fn a_fact_published_again_is_kept_as_long_as_the_longest() {
    let (table, key) = (table(), FactKey::Session(session(1)));
    table.learn(&[fact(key.clone(), u64::MAX, NOW.plus(Span::hours(3)))]);
    table.learn(&[fact(key.clone(), u64::MAX, NOW)]);
    table.forget(NOW.plus(Span::hours(1)));
    assert_eq!(table.at_least(&key), u64::MAX);
}

#[test]
fn findings() {
    let table = table();
    let (id, who) = (session(1), user(1));
    let depends = |version, generation| {
        [
            (FactKey::Version(id), version),
            (FactKey::Session(id), 0),
            (who.clone(), generation),
            (FactKey::Epoch, 0),
        ]
    };
    assert_eq!(table.find(depends(3, 2)), Finding::Good);
    table.learn(&[fact(FactKey::Version(id), 3, Time::MAX), fact(who.clone(), 2, Time::MAX)]);
    assert_eq!(table.find(depends(3, 2)), Finding::Good);
    assert_eq!(table.find(depends(2, 2)), Finding::Stale);
    assert_eq!(table.find(depends(2, 1)), Finding::Denied, "denied is stronger than stale");
    table.learn(&[fact(FactKey::Session(id), u64::MAX, Time::MAX)]);
    assert_eq!(table.find(depends(9, 9)), Finding::Denied);
}

#[test]
fn the_turn_rises_with_news_only() {
    let table = table();
    let before = table.turn();
    table.learn(&[]);
    assert_eq!(table.turn(), before);
    table.learn(&[fact(FactKey::Epoch, 1, Time::MAX)]);
    assert!(table.turn() > before);
}

/// G2 within a process: once denied, never good again, while the table grows and is rebuilt.
#[test]
fn readers_beside_a_writer_never_see_a_denial_undone() {
    let (table, stop) = (table(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for lane in 0..2u64 {
            let (table, stop) = (&table, &stop);
            scope.spawn(move || {
                let mut denied = vec![false; 2_000];
                while !stop.load(Ordering::Relaxed) {
                    for (number, was) in denied.iter_mut().enumerate() {
                        let now = table.at_least(&FactKey::Session(session(number as u64 * 2 + lane))) > 0;
                        assert!(now || !*was, "a denial was undone");
                        *was = now;
                    }
                }
            });
        }
        for number in 0..4_000 {
            table.learn(&[fact(FactKey::Session(session(number)), u64::MAX, Time::MAX)]);
            assert_eq!(table.at_least(&FactKey::Session(session(number))), u64::MAX);
            if number % 100 == 0 {
                table.learn(&[fact(FactKey::Session(session(1_000_000 + number)), u64::MAX, NOW)]);
                table.forget(NOW.plus(Span::hours(1)));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
