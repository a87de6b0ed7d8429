use super::*;
use cloakroom_crypto::jws;
use cloakroom_crypto::jwt::{self, Claims};
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::fact::{Fact, KeptFact};
use cloakroom_model::words::id::{ClientId, FamilyId, SessionId};
use cloakroom_model::words::time::Span;
use cloakroom_rules::token::access::Counters;

const START: Time = Time::from_millis(1_790_000_000_000);

struct World {
    tokens: Tokens,
    table: Table,
    key: SigningKey,
    kid: KeyId,
}

pub(crate) fn policy() -> TokenPolicy {
    TokenPolicy::of("https://login.example".parse().unwrap(), "https://api.example".parse().unwrap())
}

fn world() -> World {
    let entropy = SeededEntropy::new(3);
    let (key, kid) = (SigningKey::draw(PairAlg::EdDsa).unwrap(), KeyId::from_bytes([4; 16]));
    let tokens = Tokens::draw(policy(), 100, &entropy).unwrap();
    let world = World { tokens, table: Table::draw(&entropy).unwrap(), key, kid };
    world.believe(&world.key);
    world
}

pub(crate) fn token() -> AccessToken {
    AccessToken {
        issuer: policy().issuer,
        subject: "anna".parse().unwrap(),
        audience: vec![policy().audience],
        expires: START.plus(Span::minutes(10)),
        issued: START,
        not_before: None,
        id: [1; 16],
        proven: None,
        methods: Vec::new(),
        client: ClientId::from_bytes([6; 16]),
        scope: Vec::new(),
        groups: Vec::new(),
        session: SessionId::from_bytes([7; 16]),
        family: Some(FamilyId::from_bytes([8; 16])),
        counters: Counters { user: 4, client: 2, epoch: 1, session: 7 },
        ticket: 0,
        bound_to: None,
        extra: Default::default(),
    }
}

impl World {
    fn believe(&self, key: &SigningKey) {
        let (mut keys, kid) = (KeySet::default(), self.kid.to_string());
        keys.add(&kid, key.verifying(&kid).unwrap()).unwrap();
        self.tokens.believe(keys);
    }

    fn text(&self, token: &AccessToken) -> String {
        jwt::sign(token, &self.kid.to_string(), &self.key).unwrap()
    }

    fn says(&self, text: &str, after: Span) -> String {
        match self.tokens.check(text, &self.table, START.plus(after)) {
            Verdict::Valid(_) => "Valid".to_owned(),
            other => format!("{other:?}"),
        }
    }

    fn learn(&self, key: FactKey, at_least: u64) {
        self.table.learn(&[KeptFact { fact: Fact { key, at_least }, until: Time::MAX }]);
    }
}

#[test]
fn a_token_that_was_seen_is_known_and_asked_again_every_time() {
    let world = world();
    let text = world.text(&token());
    for _ in 0..3 {
        assert_eq!(world.says(&text, Span::ZERO), "Valid");
        assert_eq!(world.tokens.remembered(), 1);
    }
    assert_eq!(world.says(&text, Span::minutes(10)), "Expired");
    assert_eq!(world.says(&text, Span::seconds(599)), "Valid");
    let other = AccessToken { audience: vec!["https://other.example".parse().unwrap()], ..token() };
    for _ in 0..2 {
        assert_eq!(world.says(&world.text(&other), Span::ZERO), "NotHere(BadToken)");
    }
}

/// Every byte counts: nothing that differs from a token that was seen is taken for it.
#[test]
fn what_is_not_quite_a_token_that_was_seen_is_none() {
    let world = world();
    let text = world.text(&token());
    assert_eq!(world.says(&text, Span::ZERO), "Valid");
    for at in 0..text.len() {
        let mut other = text.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        assert_ne!(world.says(&String::from_utf8(other).unwrap(), Span::ZERO), "Valid", "{at}");
    }
    assert_eq!(world.tokens.remembered(), 1, "what is refused is not remembered");
}

#[test]
fn every_fact_denies_what_depends_on_it_seen_or_not() {
    let facts = [
        (FactKey::Session(token().session), Fact::REVOKED, "Revoked"),
        (FactKey::Family(FamilyId::from_bytes([8; 16])), Fact::REVOKED, "Revoked"),
        (FactKey::User(token().subject), 5, "Revoked"),
        (FactKey::Client(token().client), 3, "Revoked"),
        (FactKey::Epoch, 2, "Revoked"),
        (FactKey::Key(KeyId::from_bytes([4; 16])), Fact::REVOKED, "Revoked"),
        (FactKey::Version(token().session), 8, "Stale"),
    ];
    for (key, at_least, wanted) in facts {
        for seen_before in [true, false] {
            let world = world();
            let text = world.text(&token());
            if seen_before {
                assert_eq!(world.says(&text, Span::ZERO), "Valid");
            }
            world.learn(key.clone(), at_least - 1);
            let is_counter = at_least != Fact::REVOKED;
            assert_eq!(world.says(&text, Span::ZERO) == "Valid", is_counter, "one less: {key:?}");
            world.learn(key.clone(), at_least);
            assert_eq!(world.says(&text, Span::ZERO), wanted, "{key:?}, seen before: {seen_before}");
        }
    }
}

#[test]
fn facts_about_others_deny_nothing() {
    let world = world();
    let text = world.text(&token());
    world.learn(FactKey::Session(SessionId::from_bytes([9; 16])), Fact::REVOKED);
    world.learn(FactKey::User("bob".parse().unwrap()), 99);
    assert_eq!(world.says(&text, Span::ZERO), "Valid");
}

#[test]
fn without_its_key_nothing_that_was_seen_is_believed() {
    let world = world();
    let text = world.text(&token());
    assert_eq!(world.says(&text, Span::ZERO), "Valid");
    world.believe(&SigningKey::draw(PairAlg::EdDsa).unwrap());
    assert_eq!(world.says(&text, Span::ZERO), "Invalid(Signature)");
    world.tokens.believe(KeySet::default());
    assert_eq!(world.says(&text, Span::ZERO), "Invalid(Key)");
}

#[test]
fn a_key_that_no_fact_could_find_is_not_believed() {
    let world = world();
    let mut keys = KeySet::default();
    keys.add("one", world.key.verifying("one").unwrap()).unwrap();
    world.tokens.believe(keys);
    let payload = cloakroom_crypto::json::Value::Object(token().write()).to_string();
    let text = jws::sign(payload.as_bytes(), Some("at+jwt"), Some("one"), &world.key).unwrap();
    assert_eq!(world.says(&text, Span::ZERO), "Invalid(Header)");
}

#[test]
fn so_many_are_remembered_and_no_more() {
    let world = world();
    for number in 0..1_000u64 {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        assert_eq!(world.says(&world.text(&AccessToken { id, ..token() }), Span::ZERO), "Valid");
    }
    assert!(world.tokens.remembered() <= 100);
    let over = world.tokens.remembered();
    assert_eq!(world.says(&world.text(&token()), Span::minutes(11)), "Expired");
    assert_eq!(world.tokens.remembered(), over, "what is over is not remembered");
}
