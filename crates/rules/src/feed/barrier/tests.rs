use super::*;

const TRUTH: Incarnation = Incarnation([7; 16]);
const LANE: LaneId = LaneId(1);
const ONE: FollowerId = FollowerId { service: ServiceId::from_bytes([9; 16]), process: [1; 16] };
const OTHER: FollowerId = FollowerId { service: ServiceId::from_bytes([9; 16]), process: [2; 16] };

fn at(millis: i64) -> Span {
    Span::millis(millis)
}

fn place(head: u64) -> Place {
    Place { of: TRUTH, lane: LANE, head }
}

/// An authority that runs for long, with these verifiers, each of which has asked just now.
fn at_noon(followers: &[FollowerId]) -> Barrier {
    let mut barrier = Barrier::new(at(0), at(10_000));
    for follower in followers {
        assert_eq!(barrier.joins(at(100_000), *follower, at(2_000)), Ok(()));
        barrier.asks(at(100_000), *follower);
    }
    barrier
}

fn behind(verifiers: usize, until: i64) -> Result<(), Behind> {
    Err(Behind { verifiers, until: at(until) })
}

#[test]
fn it_holds_when_all_have_said_so() {
    let mut barrier = at_noon(&[ONE, OTHER]);
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(2, 102_500));
    barrier.has(ONE, TRUTH, &Heads::from([(LANE, 3)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(1, 102_500));
    barrier.has(OTHER, TRUTH, &Heads::from([(LANE, 2), (LaneId(2), 9)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(1, 102_500), "it is not there yet");
    barrier.has(OTHER, TRUTH, &Heads::from([(LANE, 4)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), Ok(()));
}

/// It may let people in for as long as it bears what it knows, by a clock that is slow.
#[test]
fn or_when_whoever_has_not_lets_nobody_in_any_more() {
    let mut barrier = at_noon(&[ONE]);
    barrier.leaves(ONE);
    assert_eq!(barrier.holds_everywhere(at(102_500), place(3)), behind(1, 102_500));
    assert_eq!(barrier.holds_everywhere(at(102_501), place(3)), Ok(()));
}

#[test]
fn who_comes_back_is_the_same_one() {
    let mut barrier = at_noon(&[ONE]);
    barrier.leaves(ONE);
    assert_eq!(barrier.joins(at(100_500), ONE, at(500)), Ok(()));
    barrier.asks(at(101_000), ONE);
    assert_eq!(
        barrier.holds_everywhere(at(101_000), place(3)),
        behind(1, 103_500),
        "it was given two seconds"
    );
    barrier.has(ONE, TRUTH, &Heads::from([(LANE, 3)]));
    assert_eq!(barrier.holds_everywhere(at(101_000), place(3)), Ok(()));
}

/// Nothing is forgotten of one that is there: it may ask at any moment.
#[test]
fn who_follows_and_has_stopped_believing_is_still_there() {
    let mut barrier = at_noon(&[ONE]);
    assert_eq!(barrier.holds_everywhere(at(200_000), place(3)), Ok(()));
    barrier.asks(at(200_001), ONE);
    assert_eq!(barrier.holds_everywhere(at(200_002), place(3)), behind(1, 202_501));
}

/// Nobody knows who followed the process before.
#[test]
fn an_authority_that_has_just_started_waits() {
    let barrier = Barrier::new(at(50_000), at(10_000));
    assert_eq!(barrier.holds_everywhere(at(50_000), place(1)), behind(0, 62_500));
    assert_eq!(barrier.holds_everywhere(at(62_501), place(1)), Ok(()));
    let unsettled = Err(Behind { verifiers: 0, until: at(62_500) });
    assert_eq!((barrier.is_settled(at(62_500)), barrier.is_settled(at(62_501))), (unsettled, Ok(())));
}

#[test]
fn what_it_knows_of_another_truth_says_nothing() {
    let mut barrier = at_noon(&[ONE]);
    barrier.has(ONE, Incarnation([8; 16]), &Heads::from([(LANE, 9)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(1, 102_500));
    barrier.has(ONE, TRUTH, &Heads::from([(LANE, 1)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(1, 102_500), "nor do its numbers");
}

#[test]
fn who_bears_more_than_anybody_waits_for_does_not_follow() {
    let mut barrier = Barrier::new(at(0), at(10_000));
    assert_eq!(barrier.joins(at(100_000), ONE, at(10_001)), Err(BearsTooMuch));
    barrier.asks(at(100_000), ONE);
    assert_eq!(barrier.holds_everywhere(at(100_000), place(1)), Ok(()));
}

/// Whoever sees another's traffic knows what it has drawn.
#[test]
fn nobody_speaks_for_the_verifiers_of_another_credential() {
    let mut barrier = at_noon(&[ONE]);
    let theirs = FollowerId { service: ServiceId::from_bytes([8; 16]), ..ONE };
    assert_eq!(barrier.joins(at(100_000), theirs, at(2_000)), Ok(()));
    barrier.has(theirs, TRUTH, &Heads::from([(LANE, u64::MAX)]));
    assert_eq!(barrier.holds_everywhere(at(100_001), place(3)), behind(1, 102_500));
}

#[test]
fn whoever_is_gone_and_over_is_forgotten() {
    let mut barrier = at_noon(&[ONE]);
    barrier.leaves(ONE);
    assert_eq!(barrier.joins(at(102_500), OTHER, at(500)), Ok(()));
    assert_eq!(barrier.leases.len(), 2, "it may still believe");
    assert_eq!(barrier.joins(at(102_501), OTHER, at(500)), Ok(()));
    assert_eq!(barrier.leases.len(), 1);
}

/// One that was let bear more by the process before goes on until that is over.
#[test]
fn who_bears_too_much_is_waited_for_all_the_same() {
    let mut barrier = Barrier::new(at(0), at(10_000));
    assert_eq!(barrier.is_settled(at(12_501)), Ok(()));
    assert_eq!(barrier.joins(at(1_000), ONE, Span::minutes(5)), Err(BearsTooMuch));
    assert_eq!(barrier.is_settled(at(375_000)), behind(0, 375_000));
    assert_eq!(barrier.is_settled(at(375_001)), Ok(()));
    assert_eq!(barrier.joins(at(1_000), ONE, Span::hours(1_000)), Err(BearsTooMuch));
    assert_eq!(barrier.is_settled(at(4_500_001)), Ok(()), "nobody makes everybody wait for ever");
}

#[test]
fn whoever_is_gone_is_not_counted() {
    let mut barrier = at_noon(&[ONE, OTHER]);
    barrier.leaves(OTHER);
    assert_eq!(barrier.followers(at(102_500)), 2, "it may believe still");
    assert_eq!(barrier.followers(at(102_501)), 1);
}
