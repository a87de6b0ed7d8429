use super::*;
use cloakroom_model::words::time::Span;

#[test]
fn text_never_becomes_markup() {
    assert_eq!(escaped("<a href='x'>\"&"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;");
}

#[test]
fn times_are_told_as_people_do() {
    let now = Time::from_millis(1_000_000_000);
    for (minutes, expected) in [
        (-5, "just now"),
        (0, "just now"),
        (1, "a minute ago"),
        (59, "59 minutes ago"),
        (60, "an hour ago"),
        (180, "3 hours ago"),
    ] {
        assert_eq!(ago(now.minus(Span::minutes(minutes)), now), expected);
    }
}
