use super::*;

#[test]
fn the_fourth_time_in_ten_seconds_is_a_circle() {
    let (loops, start) = (Loops::default(), Time::from_millis(1_000_000));
    let at = |seconds| start.plus(Span::seconds(seconds));
    for (browser, seconds, expected) in [
        ("a", 0, false),
        ("a", 1, false),
        ("a", 2, false),
        ("b", 2, false),
        ("a", 3, true),
        ("a", 4, false),
        ("c", 0, false),
        ("c", 4, false),
        ("c", 8, false),
        ("c", 12, false),
        ("c", 13, true),
        ("c", 13, false),
    ] {
        assert_eq!(loops.is_one(browser, at(seconds)), expected, "{browser} after {seconds} s");
    }
    for browser in 0..2 * BROWSERS {
        loops.is_one(&browser.to_string(), at(20));
    }
    assert!(loops.0.lock().len() <= BROWSERS);
}
