use super::*;

const START: Time = Time::from_millis(1_000_000);

#[test]
fn a_network_that_guesses_is_held_up_for_the_rest_of_the_minute_and_no_other_is() {
    let mut guesses = Guesses::default();
    for _ in 0..AT_MOST {
        assert!(!guesses.are_too_many("a", START));
        guesses.count("a", START);
    }
    for (network, seconds, expected) in
        [("a", 0, true), ("a", 59, true), ("a", 60, false), ("a", -1, false), ("b", 0, false)]
    {
        assert_eq!(
            guesses.are_too_many(network, START.plus(Span::seconds(seconds))),
            expected,
            "{network} {seconds}"
        );
    }
    guesses.count("a", START.plus(Span::seconds(60)));
    assert!(!guesses.are_too_many("a", START.plus(Span::seconds(60))), "a new minute, a new count");
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut guesses = Guesses::default();
    for network in 0..3 * NETWORKS {
        guesses.count(&network.to_string(), START.plus(Span::millis(network as i64)));
        assert!(guesses.counts.len() <= NETWORKS);
    }
}
