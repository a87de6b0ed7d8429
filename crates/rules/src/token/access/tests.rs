use super::super::mint::{Extra, Request, decide};
use super::super::sample::{START, begun, entropy, policy, read};
use super::*;
use cloakroom_crypto::json::object;

fn token() -> AccessToken {
    let (session, family) = begun();
    let extra = Extra::of(&object(br#"{"tenant":"acme"}"#).unwrap()).unwrap();
    let request = Request { family: &family, session: &session, read_at: START, extra };
    decide(request, &policy(), &entropy()).unwrap()
}

#[test]
fn comes_back_as_it_was_written() {
    let full = AccessToken {
        audience: vec!["a".parse().unwrap(), "b".parse().unwrap()],
        not_before: Some(START),
        bound_to: Some([7; 32]),
        ..token()
    };
    let bare = AccessToken {
        proven: None,
        methods: Vec::new(),
        scope: Vec::new(),
        groups: Vec::new(),
        family: None,
        extra: Object::new(),
        ..token()
    };
    for token in [full, bare, token()] {
        assert_eq!(read(&token.write()), Ok(token));
    }
}

#[test]
fn the_claims_of_rfc_9068_are_there() {
    let object = token().write();
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time", "acr", "amr", "scope"] {
        assert!(object.contains_key(name), "{name}");
    }
    assert_eq!(object["scope"], "notes:read notes:write");
    assert!(object.keys().filter(|name| *name != "tenant").all(|name| is_ours(name)));
    assert!(OURS.is_sorted() && OURS.into_iter().all(is_ours));
}

#[test]
fn what_is_required_is_required_and_of_its_kind() {
    let with = |name: &str, value: Option<&str>| {
        let mut object = token().write();
        object.remove(name);
        if let Some(value) = value {
            let value = cloakroom_crypto::json::object(format!("{{\"v\":{value}}}").as_bytes()).unwrap();
            object.insert(name.to_owned(), value["v"].clone());
        }
        read(&object)
    };
    for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "sid"] {
        assert!(with(name, None).is_err(), "without {name}");
        assert!(
            with(name, Some("null")).is_err() && with(name, Some("{}")).is_err(),
            "{name} of another kind"
        );
    }
    for (name, value) in [
        ("exp", "\"1790000000\""),
        ("nbf", "\"0\""),
        ("auth_time", "true"),
        ("sub", "1"),
        ("sub", "\"two words\""),
        ("aud", "[1]"),
        ("scope", "[\"notes:read\"]"),
        ("scope", "\"a  b\""),
        ("groups", "\"staff\""),
        ("sid", "\"fam_00000000000000000000000000\""),
        ("fam", "1"),
        ("cnf", "{}"),
        ("cnf", "{\"x5t#S256\":\"AAAA\"}"),
        // Two ways of binding, one of which we know: the other must not be passed over.
        ("cnf", "{\"jkt\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"x5t#S256\":\"AAAA\"}"),
        ("jti", "\"short\""),
    ] {
        assert!(with(name, Some(value)).is_err(), "{name}: {value}");
    }
}

/// A counter that is missing or is no whole number has fallen behind: any fact about it denies the token.
#[test]
fn a_counter_that_cannot_be_read_is_the_lowest() {
    for value in ["\"9\"", "-1", "1.5", "null", "[]"] {
        let mut object = token().write();
        let odd = cloakroom_crypto::json::object(format!("{{\"v\":{value}}}").as_bytes()).unwrap();
        object.insert("ugen".to_owned(), odd["v"].clone());
        object.remove("sver");
        let counters = read(&object).unwrap().counters;
        assert_eq!((counters.user, counters.session), (0, 0), "{value}");
    }
}

#[test]
fn two_factors_are_two_different_ones() {
    let methods = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Method>>();
    for (names, level) in [
        (&["pwd"][..], Level::One),
        (&["pwd", "pwd"], Level::One),
        (&["pwd", "otp"], Level::Two),
        (&["pwd", "pin"], Level::One),
        (&["pwd", "rba"], Level::One),
        (&["face", "hwk"], Level::Two),
        (&["hwk"], Level::One),
        (&["mfa"], Level::Two),
        (&[], Level::One),
    ] {
        assert_eq!(Level::of(&methods(names)), level, "{names:?}");
    }
}

#[test]
fn depends_on_everything_that_can_be_taken_back() {
    let kinds: Vec<_> =
        token().depended_on().map(|(key, number)| (key.with_parts(|kind, _| kind), number)).collect();
    assert_eq!(kinds, [(8, 1), (5, 4), (6, 9), (1, 0), (9, 7), (2, 0)]);
}
