use super::super::mint::{self, Extra, Request};
use super::super::sample::{START, begun, entropy, policy};
use super::*;

fn token() -> AccessToken {
    let (session, family) = begun();
    let request = Request { family: &family, session: &session, read_at: START, extra: Extra::default() };
    let token = mint::decide(request, &policy(), &entropy()).unwrap();
    AccessToken { expires: START.plus(Span::minutes(10)), ..token }
}

fn at(seconds: i64) -> Time {
    START.plus(Span::seconds(seconds))
}

#[test]
fn only_here_and_only_now() {
    let other = AccessToken { audience: vec!["https://other.example".parse().unwrap()], ..token() };
    let both = AccessToken { audience: [other.audience.clone(), token().audience].concat(), ..token() };
    // Not by a beginning, an end or another case (CVE-2024-53861).
    let almost = AccessToken { issuer: "https://login.exampl".parse().unwrap(), ..token() };
    let cased = AccessToken { issuer: "https://LOGIN.example".parse().unwrap(), ..token() };
    let none = AccessToken { audience: Vec::new(), ..token() };
    let late = AccessToken { not_before: Some(at(60)), ..token() };
    let (bad, over) = (Err(Refusal::BadToken), Err(Refusal::Expired(Limit::Absolute)));
    for (name, token, now, wanted) in [
        ("good", token(), at(0), Ok(())),
        ("its last second", token(), at(599), Ok(())),
        ("over", token(), at(600), over),
        ("a clock that is behind", token(), at(-30), Ok(())),
        ("from the future", token(), at(-31), bad),
        ("not yet", late.clone(), at(29), bad),
        ("now", late, at(30), Ok(())),
        ("for somebody else", other, at(0), bad),
        ("for us too", both, at(0), Ok(())),
        ("for nobody", none, at(0), bad),
        ("of an issuer that is almost ours", almost, at(0), bad),
        ("of an issuer in capitals", cased, at(0), bad),
    ] {
        assert_eq!(decide(&token, &policy(), now), wanted, "{name}");
    }
}

#[test]
fn a_route_asks_for_more() {
    let scope = |scopes: &[&str]| Demand {
        scope: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
        ..Demand::default()
    };
    let fresh = Demand { proven_within: Some(Span::minutes(5)), ..Demand::default() };
    let sure = Demand { level: Some(Level::Two), ..Demand::default() };
    let two = AccessToken { methods: ["pwd", "otp"].map(|name| name.parse().unwrap()).to_vec(), ..token() };
    let doubted = AccessToken { proven: None, ..two.clone() };
    for (name, token, demand, now, wanted) in [
        ("nothing", token(), scope(&[]), at(0), Ok(())),
        ("what it has", token(), scope(&["notes:read", "notes:write"]), at(0), Ok(())),
        ("more than it has", token(), scope(&["notes:read", "admin"]), at(0), Err(Refusal::NotAllowed)),
        ("a part of a word", token(), scope(&["notes"]), at(0), Err(Refusal::NotAllowed)),
        ("fresh enough", token(), fresh.clone(), at(300), Ok(())),
        ("too long ago", token(), fresh.clone(), at(301), Err(Refusal::StepUpRequired)),
        ("one factor", token(), sure.clone(), at(0), Err(Refusal::StepUpRequired)),
        ("two factors", two, sure.clone(), at(0), Ok(())),
        ("two, but doubted", doubted.clone(), sure, at(0), Err(Refusal::StepUpRequired)),
        ("fresh, but doubted", doubted, fresh, at(0), Err(Refusal::StepUpRequired)),
    ] {
        assert_eq!(meets(&token, &demand, now), wanted, "{name}");
    }
}
