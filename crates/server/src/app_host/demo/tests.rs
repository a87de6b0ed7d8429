use super::*;

#[test]
fn times_are_those_of_the_calendar() {
    for (seconds, expected) in [
        (0, "1970-01-01 00:00:00 UTC"),
        (951_782_400, "2000-02-29 00:00:00 UTC"),
        (1_795_305_599, "2026-11-21 23:59:59 UTC"),
        (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        (-1, "1969-12-31 23:59:59 UTC"),
    ] {
        assert_eq!(shown(Time::from_millis(seconds * 1_000)), expected);
    }
}
