use super::super::access::OURS;
use super::super::sample::{START, begun, entropy, policy, read};
use super::*;
use cloakroom_crypto::json::{Value, object};
use cloakroom_crypto::jwt::Claims as _;
use std::collections::BTreeMap;

fn mint(session: &Session, family: &Family) -> AccessToken {
    let request = Request { family, session, read_at: START, extra: Extra::default() };
    decide(request, &policy(), &entropy()).unwrap()
}

#[test]
fn ids_and_generations_are_those_that_were_read() {
    let (session, family) = begun();
    let token = mint(&session, &family);
    assert_eq!(token.counters, Counters { user: 4, client: 9, epoch: 1, session: 7 });
    assert_eq!((token.session, token.family, token.client), (session.id, Some(family.id), family.client));
    assert_eq!((token.issued, token.proven), (START, Some(START)));
    assert_eq!(read(&token.write()), Ok(token));
}

#[test]
fn its_life_is_drawn_anew_and_counts_from_the_reading() {
    let ((session, family), entropy) = (begun(), entropy());
    let mut ends: Vec<_> = (0..200)
        .map(|_| {
            let request =
                Request { family: &family, session: &session, read_at: START, extra: Extra::default() };
            decide(request, &policy(), &entropy).unwrap().expires
        })
        .collect();
    ends.sort();
    ends.dedup();
    assert!(ends.len() > 70);
    assert!(
        ends.iter().all(|end| *end >= START.plus(Span::minutes(8)) && *end <= START.plus(Span::minutes(10)))
    );
}

#[test]
fn it_never_outlives_its_family_or_session() {
    let (session, family) = begun();
    let soon = START.plus(Span::minutes(1));
    let short = Family { absolute: soon, ..family.clone() };
    assert_eq!(mint(&session, &short).expires, soon);
    let short = Session { absolute: soon, ..session };
    assert_eq!(mint(&short, &family).expires, soon);
}

#[test]
fn what_was_proven_before_a_fork_is_not_fresh() {
    let (session, family) = begun();
    let forked = Family { doubted: Some(START.plus(Span::minutes(1))), ..family };
    let token = mint(&session, &forked);
    assert_eq!((token.proven, token.level()), (None, None));
    assert!(!token.write().contains_key("acr") && !token.write().contains_key("amr"));
    let mut again = session;
    if let Some(assurance) = &mut again.assurance {
        assurance.at = START.plus(Span::minutes(2));
    }
    assert!(mint(&again, &forked).proven.is_some());
}

#[test]
fn an_app_adds_what_is_neither_ours_nor_secret() {
    let extra = |text: &str| Extra::of(&object(text.as_bytes()).unwrap());
    assert!(extra(r#"{"tenant":"acme","plan":{"name":"pro"}}"#).is_ok());
    for name in OURS {
        assert_eq!(extra(&format!("{{\"{name}\":1}}")), Err(BadClaim::Ours(name.to_owned())));
    }
    let secret = extra(r#"{"db_password":"hunter2"}"#).unwrap_err();
    assert!(secret.to_string().contains("db_password") && !secret.to_string().contains("hunter2"));
    let anyway = |text: &str| of_anything(&object(text.as_bytes()).unwrap());
    assert!(anyway(r#"{"db_password":"x"}"#).is_ok() && anyway(r#"{"sub":"x"}"#).is_err());
    assert!(Extra::of(&"text").is_err() && Extra::of(&["list"]).is_err(), "only an object has claims");
    let many =
        |count: usize| (0..count).map(|number| (format!("c{number}"), number)).collect::<BTreeMap<_, _>>();
    assert!(Extra::of(&many(64)).is_ok() && Extra::of(&many(65)).is_err());
    let deep = |levels| (0..levels).fold(Value::Null, |inside, _| [inside].into_iter().collect());
    let nested = |levels| Extra::of(&BTreeMap::from([("deep", deep(levels))]));
    assert!(nested(15).is_ok() && nested(16).is_err(), "whoever checks the token would not read it");
}
