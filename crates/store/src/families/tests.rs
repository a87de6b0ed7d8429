use super::*;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::shard::Shard;

const START: Time = Time::from_millis(1_790_000_000_000);
const W: Span = Span::seconds(10);
const U: Span = Span::minutes(10);

/// At generation 7, since the start; 6 was the one before.
fn family() -> Family {
    Family {
        id: FamilyId::from_bytes([5; 16]),
        shard: Shard::of([0, 1]),
        client: ClientId::from_bytes([6; 16]),
        client_generation: 0,
        session: SessionId::from_bytes([7; 16]),
        ticket: 0,
        scope: Vec::new(),
        audience: Vec::new(),
        bound_to: None,
        salt: [0; 16],
        generation: 7,
        previous: Some(6),
        kid: 1,
        rotated: START,
        forked: false,
        overtaken: None,
        doubted: None,
        created: START.minus(Span::days(1)),
        last_used: START,
        idle: Span::days(14),
        absolute: START.plus(Span::days(29)),
    }
}

fn asked(generation: u32, policy: RefreshPolicy) -> Asked {
    Asked { generation, kid: 2, policy, is_proven: false, window: W, late: U }
}

fn live(after: Span) -> Standing {
    Standing { is_live: true, may_be_behind: false, now: START.plus(after) }
}

/// What came of it, in a word: how, and to which generation and previous one.
fn word(worth: Worth) -> String {
    match worth {
        Worth::Next(family, how) => {
            assert_eq!((family.kid, family.forked), (2, how == How::Forked));
            assert!(
                family.doubted.is_some() || how != How::Forked,
                "proofs from before a fork are not fresh"
            );
            format!("{how:?} {} after {:?}", family.generation, family.previous.unwrap())
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn the_table_of_the_rules() {
    use RefreshPolicy::{Bound, Fork, Strict};
    let (soon, edge, late) = (Span::seconds(1), W, W.plus_one());
    for (generation, policy, after, wanted) in [
        (7, Strict, soon, "Same"),
        (7, Strict, edge, "Same"),
        (7, Strict, late, "Rotated 8 after 7"),
        (7, Fork, soon, "Same"),
        (7, Strict, Span::days(13), "Rotated 8 after 7"),
        (7, Strict, Span::days(14), "Expired"),
        (6, Strict, soon, "Same"),
        (6, Strict, edge, "Same"),
        (6, Strict, late, "Theft"),
        (6, Fork, edge, "Same"),
        (6, Fork, late, "Forked 8 after 6"),
        (6, Fork, U, "Forked 8 after 6"),
        (6, Fork, U.plus_one(), "Theft"),
        (6, Bound, late, "Theft"),
        (5, Strict, soon, "Theft"),
        (5, Fork, soon, "Theft"),
        (1, Bound, soon, "Theft"),
        (0, Strict, soon, "Theft"),
        (8, Strict, soon, "WentBack"),
        (99, Fork, soon, "WentBack"),
    ] {
        let worth = weigh(&family(), &asked(generation, policy), &live(after));
        assert_eq!(word(worth), wanted, "{generation} {policy:?} after {after:?}");
    }
}

#[test]
fn whoever_proves_the_key_may_always_try_again() {
    let proven = Asked { is_proven: true, ..asked(6, RefreshPolicy::Bound) };
    assert_eq!(weigh(&family(), &proven, &live(Span::days(13))), Worth::Same);
    let strict = Asked { is_proven: true, ..asked(6, RefreshPolicy::Strict) };
    assert_eq!(weigh(&family(), &strict, &live(Span::hours(1))), Worth::Theft);
    let older = Asked { is_proven: true, ..asked(5, RefreshPolicy::Bound) };
    assert_eq!(weigh(&family(), &older, &live(Span::ZERO)), Worth::Theft);
}

/// Tabs that know nothing of one another: one has the answer already and renews again, another's request with the older token is still under
/// way. Two generations within W would make it a thief.
#[test]
fn within_the_window_there_is_one_renewal_however_many_ask() {
    let new = Family { generation: 1, previous: None, ..family() };
    let Worth::Next(first, How::Rotated) = weigh(&new, &asked(1, RefreshPolicy::Strict), &live(Span::ZERO))
    else {
        panic!("the first token is renewed at once")
    };
    for generation in [2, 1, 2, 1] {
        assert_eq!(weigh(&first, &asked(generation, RefreshPolicy::Strict), &live(W)), Worth::Same);
    }
    assert_eq!(
        word(weigh(&first, &asked(2, RefreshPolicy::Strict), &live(W.plus_one()))),
        "Rotated 3 after 2"
    );
}

#[test]
fn a_fork_happens_once() {
    let Worth::Next(forked, How::Forked) =
        weigh(&family(), &asked(6, RefreshPolicy::Fork), &live(Span::minutes(1)))
    else {
        panic!("no fork")
    };
    let ends =
        |generation, after| word(weigh(&forked, &asked(generation, RefreshPolicy::Fork), &live(after)));
    assert_eq!(ends(8, Span::minutes(2)), "Rotated 9 after 8");
    assert_eq!(ends(6, Span::minutes(1).plus_more(W)), "Same", "its own answer was lost");
    assert_eq!(ends(6, Span::minutes(2)), "Theft", "no second time");
    assert_eq!(ends(7, Span::minutes(1)), "Theft", "the displaced one");
}

#[test]
fn what_is_over_is_over() {
    let dead = Standing { is_live: false, ..live(Span::ZERO) };
    for generation in [5, 6, 7, 8] {
        assert_eq!(weigh(&family(), &asked(generation, RefreshPolicy::Fork), &dead), Worth::Denied);
    }
    let limit = live(Span::days(29));
    let used = Family { last_used: START.plus(Span::days(28)), ..family() };
    assert_eq!(weigh(&used, &asked(7, RefreshPolicy::Strict), &limit), Worth::Expired);
    let last = Family { generation: u32::MAX, previous: None, ..family() };
    assert_eq!(weigh(&last, &asked(u32::MAX, RefreshPolicy::Strict), &live(Span::ZERO)), Worth::Expired);
}

#[test]
fn a_store_that_may_lose_writes_catches_up_a_little() {
    let behind = Standing { may_be_behind: true, ..live(Span::seconds(1)) };
    let ends = |generation| word(weigh(&family(), &asked(generation, RefreshPolicy::Strict), &behind));
    assert_eq!(ends(8), "CaughtUp 9 after 8");
    assert_eq!(ends(10), "CaughtUp 11 after 10");
    assert_eq!(ends(11), "Theft");
    assert_eq!(ends(7), "Same");
}

#[test]
fn after_a_step_up_the_older_tokens_are_dead_and_no_theft() {
    let rebound = continues(&family(), 2, 5, START).unwrap();
    assert_eq!((rebound.generation, rebound.previous, rebound.ticket, rebound.kid), (8, None, 5, 2));
    assert!(follows(&rebound, &family()) && !follows(&family(), &rebound));
    let ends = |family: &Family, generation, after| {
        word(weigh(family, &asked(generation, RefreshPolicy::Fork), &live(after)))
    };
    assert_eq!(ends(&rebound, 8, Span::seconds(1)), "Rotated 9 after 8");
    for racing in [6, 7] {
        assert_eq!(ends(&rebound, racing, Span::days(1)), "Overtaken", "its answer was lost, perhaps");
    }
    assert_eq!(ends(&rebound, 5, Span::seconds(1)), "Theft");
    // The new one was presented: for a moment who was under way with an older one is no thief yet.
    let Worth::Next(renewed, How::Rotated) =
        weigh(&rebound, &asked(8, RefreshPolicy::Strict), &live(Span::seconds(1)))
    else {
        panic!("not renewed")
    };
    assert_eq!(ends(&renewed, 7, Span::seconds(2)), "Overtaken");
    assert_eq!(ends(&renewed, 8, Span::seconds(2)), "Same");
    assert_eq!(ends(&renewed, 7, W.plus_one()), "Theft");
    // Two changes shortly after one another.
    let again = continues(&rebound, 2, 6, START.plus(Span::seconds(5))).unwrap();
    for racing in [6, 7, 8] {
        assert_eq!(ends(&again, racing, Span::seconds(6)), "Overtaken");
    }
}

/// Short words for the tables.
trait More {
    fn plus_one(self) -> Self;
    fn plus_more(self, more: Self) -> Self;
}

impl More for Span {
    fn plus_one(self) -> Self {
        self.plus_more(Span::millis(1))
    }

    fn plus_more(self, more: Self) -> Self {
        Span::millis(self.as_millis() + more.as_millis())
    }
}
