use super::*;

#[test]
fn the_defaults_are_those_of_the_docs() {
    let lifetimes = Lifetimes::default();
    for (class, idle, absolute) in [
        (Class::Anonymous, Span::hours(1), Span::hours(8)),
        (Class::Browser, Span::hours(1), Span::hours(8)),
        (Class::Remembered, Span::days(14), Span::days(30)),
        (Class::Console, Span::minutes(15), Span::hours(8)),
    ] {
        assert_eq!(lifetimes.of(class), Lifetime { idle, absolute }, "{class:?}");
    }
}
