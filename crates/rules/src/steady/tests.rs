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
