use super::*;

#[test]
fn arithmetic_saturates_instead_of_wrapping() {
    assert_eq!(Time::MAX.plus(Span::days(1)), Time::MAX);
    assert_eq!(Time::from_millis(i64::MIN).minus(Span::millis(1)).millis(), i64::MIN);
    assert_eq!(Time::MAX.since(Time::from_millis(-1)).as_millis(), i64::MAX);
    assert_eq!(Span::days(i64::MAX).as_millis(), i64::MAX);
    assert_eq!(Span::hours(1).part(20), Span::minutes(3));
    assert_eq!(Span::hours(1).part(0), Span::hours(1));
}
