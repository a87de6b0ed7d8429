use super::*;

#[test]
fn nothing_proven_is_no_age() {
    let freshness = Freshness::unknown();
    assert_eq!(freshness.proof().staleness(Span::hours(1)), None);
    assert!(!freshness.proof().is_within(Span::hours(1), Span::hours(9)));
}

#[test]
fn it_ages_by_the_own_clock_and_only_moves_on() {
    let freshness = Freshness::unknown();
    freshness.proven(Span::seconds(100));
    freshness.proven(Span::seconds(90));
    assert_eq!(freshness.proof().staleness(Span::seconds(103)), Some(Span::seconds(3)));
    assert!(freshness.proof().is_within(Span::seconds(102), Span::seconds(2)));
    assert!(!freshness.proof().is_within(Span::millis(102_001), Span::seconds(2)));
}

#[test]
fn at_the_source_it_has_no_age() {
    let freshness = Freshness::at_the_source();
    assert_eq!(freshness.proof().staleness(Span::days(9)), Some(Span::millis(0)));
    freshness.proven(Span::seconds(1));
    assert!(freshness.proof().is_within(Span::days(9), Span::millis(0)));
}

/// What was proven after the look-up says nothing of what it found.
#[test]
fn a_proof_is_of_the_moment_it_was_taken_at() {
    let freshness = Freshness::unknown();
    freshness.proven(Span::seconds(100));
    let before = freshness.proof();
    freshness.proven(Span::seconds(110));
    assert_eq!(before.staleness(Span::seconds(111)), Some(Span::seconds(11)));
}
