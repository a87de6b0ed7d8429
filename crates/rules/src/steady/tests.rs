use super::*;

#[test]
fn a_clock_that_jumps_is_believed_later() {
    let at = |now: i64, boot: i64| (Time::from_millis(now * 60_000), Span::minutes(boot));
    let (now, boot) = at(1_000, 5);
    let mut clock = SteadyClock::new(now, boot);
    for (now, boot, is_steady) in [
        (1_000, 5, true),
        (1_100, 105, true),
        (1_107, 107, true),
        (2_000, 108, false),
        (2_001, 109, false),
        (1_108, 110, false),
        (1_117, 119, false),
        (1_118, 120, true),
        (1_000, 121, false),
        (1_010, 131, true),
    ] {
        let (now, boot) = at(now, boot);
        assert_eq!(clock.is_steady(now, boot), is_steady, "{now:?}, {boot:?}");
    }
}

/// A machine may start with a clock that is wrong.
#[test]
fn what_is_lost_for_ever_waits_until_the_clock_was_seen_for_long() {
    let at = |minutes: i64| Time::from_millis(0).plus(Span::minutes(minutes));
    let mut clock = SteadyClock::new(at(500), Span::minutes(3));
    assert!(clock.is_steady(at(500), Span::minutes(3)) && !clock.may_forget(at(500), Span::minutes(3)));
    assert!(!clock.may_forget(at(509), Span::minutes(12)));
    assert!(clock.may_forget(at(510), Span::minutes(13)));
    assert!(!clock.may_forget(at(911), Span::minutes(14)), "it has jumped");
    assert!(!clock.may_forget(at(920), Span::minutes(23)));
    assert!(clock.may_forget(at(921), Span::minutes(24)));
}
