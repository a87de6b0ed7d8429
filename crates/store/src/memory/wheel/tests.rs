use super::*;
use cloakroom_model::words::time::Span;
use proptest::prelude::*;

const START: Time = Time::from_millis(1_790_000_000_000);

fn everything_due<T>(wheel: &mut Wheel<T>, now: Time) -> Vec<T> {
    let mut due = Vec::new();
    while !wheel.caught_up(now) {
        due.extend(wheel.due(now, 7));
    }
    due
}

proptest! {
    /// Never early, at most a tick late, each once, whatever the steps of the clock.
    #[test]
    fn everything_falls_due_once(
        times in prop::collection::vec(-1_000i64..40_000_000, 1..60),
        steps in prop::collection::vec(0i64..3_000_000, 1..40),
    ) {
        let mut wheel = Wheel::starting(START);
        for at in &times {
            wheel.put(START.plus(Span::millis(*at)), *at);
        }
        let (mut now, mut seen) = (START, Vec::new());
        for step in steps.into_iter().chain([50_000_000]) {
            now = now.plus(Span::millis(step));
            let due = everything_due(&mut wheel, now);
            prop_assert!(due.iter().all(|at| START.plus(Span::millis(*at)) < now));
            seen.extend(due);
            let late = now.minus(Span::seconds(1));
            prop_assert!(times.iter().filter(|at| START.plus(Span::millis(**at)) < late).all(|at| seen.contains(at)));
        }
        seen.sort_unstable();
        let mut all = times.clone();
        all.sort_unstable();
        prop_assert_eq!(seen, all);
        prop_assert!(wheel.is_empty());
    }
}

#[test]
fn takes_no_more_than_asked_and_forgets_nothing() {
    let mut wheel = Wheel::starting(START);
    (0..100).for_each(|n| wheel.put(START, n));
    let now = START.plus(Span::seconds(2));
    assert_eq!(wheel.due(now, 30).len(), 30);
    assert_eq!(wheel.due(now, 100).len(), 70);
}

#[test]
fn a_time_beyond_its_reach_is_asked_about_early_and_not_lost() {
    let mut wheel = Wheel::starting(START);
    wheel.put(Time::MAX, ());
    assert_eq!(wheel.due(START.plus(Span::days(1)), 10).len(), 0);
    assert_eq!(wheel.len(), 1);
}

#[test]
fn one_call_moves_a_bounded_number() {
    let mut wheel = Wheel::starting(START);
    (0..100_000).for_each(|n| wheel.put(START.plus(Span::hours(3)), n));
    let later = START.plus(Span::hours(4));
    assert!(wheel.due(later, 64).len() <= MOVES && !wheel.caught_up(later));
    let calls = core::iter::from_fn(|| (!wheel.caught_up(later)).then(|| wheel.due(later, usize::MAX).len()));
    assert!(calls.sum::<usize>() > 99_000);
}
