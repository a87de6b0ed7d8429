use super::*;

#[test]
fn a_stranger_cannot_use_up_what_a_known_browser_has() {
    let shared = of_sign_in(false).iter().filter(|counted| of_sign_in(true).contains(counted)).count();
    assert_eq!(shared, 0);
    for knows in [false, true] {
        assert!(given_back(knows).iter().all(|counted| of_sign_in(knows).contains(counted)));
    }
    assert!(
        !given_back(false).contains(&Counted::Network),
        "whoever has one account must not guess at others for nothing"
    );
}

#[test]
fn guesses_at_one_account_are_few() {
    let a_day = |limit: Limit| i64::from(limit.burst) + Span::days(1).as_millis() / limit.every.as_millis();
    assert!(a_day(Counted::Account.limit()) <= 500);
    assert!(a_day(Counted::Code.limit()) <= 30, "of a million codes");
    assert_eq!(Counted::Code.limit().burst, 5);
}
