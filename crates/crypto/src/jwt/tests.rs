use super::*;
use crate::signing_key::PairAlg;
use crate::verifying_key::Pair;
use cloakroom_model::words::secret::Secret;

#[derive(Debug, PartialEq, Clone)]
struct Badge(String);

impl Claims for Badge {
    const TYP: &'static str = "badge+jwt";

    fn read(object: &Members<'_>) -> Result<Self, Malformed> {
        object.get("name").and_then(Item::as_str).map(|name| Self(name.to_owned())).ok_or(Malformed)
    }

    fn write(&self) -> Object {
        Object::from_iter([("name".to_owned(), Value::from(self.0.as_str()))])
    }
}

fn set(key: &SigningKey) -> KeySet {
    let mut set = KeySet::default();
    set.add("one", key.verifying("one").unwrap()).unwrap();
    set
}

fn ends(token: &str, keys: &KeySet) -> Result<Badge, Rejected> {
    UnverifiedJwt::parse(token)?.verify::<Badge>(keys).map(Jwt::into_claims)
}

#[test]
fn a_token_is_believed_by_the_set_that_holds_its_key() {
    for alg in [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ed25519, PairAlg::Ps256, PairAlg::Rs256] {
        let key = SigningKey::draw(alg).unwrap();
        let badge = Badge("anna".to_owned());
        let token = sign(&badge, "one", &key).unwrap();
        assert_eq!(ends(&token, &set(&key)), Ok(badge.clone()));
        let other = SigningKey::draw(alg).unwrap();
        assert_eq!(ends(&token, &set(&other)), Err(Rejected::Signature));
        assert_eq!(ends(&token, &KeySet::default()), Err(Rejected::Key));
        assert_eq!(ends(&sign(&badge, "two", &key).unwrap(), &set(&key)), Err(Rejected::Key));
    }
}

#[test]
fn its_kind_must_be_the_one_that_is_asked_for() {
    let key = SigningKey::draw(PairAlg::EdDsa).unwrap();
    let with = |typ| jws::sign(br#"{"name":"anna"}"#, typ, Some("one"), &key).unwrap();
    for good in ["badge+jwt", "BADGE+JWT", "application/badge+jwt", "Application/Badge+jwt"] {
        assert!(ends(&with(Some(good)), &set(&key)).is_ok(), "{good}");
    }
    for other in [None, Some("JWT"), Some("at+jwt"), Some(""), Some("text/badge+jwt"), Some("badge+jwt ")] {
        assert_eq!(ends(&with(other), &set(&key)), Err(Rejected::Type), "{other:?}");
    }
}

#[test]
fn a_token_names_its_key() {
    let key = SigningKey::draw(PairAlg::EdDsa).unwrap();
    let nameless = jws::sign(br#"{"name":"anna"}"#, Some("badge+jwt"), None, &key).unwrap();
    assert_eq!(ends(&nameless, &set(&key)), Err(Rejected::Key));
}

#[test]
fn claims_are_one_object_of_the_right_form() {
    let key = SigningKey::draw(PairAlg::EdDsa).unwrap();
    for payload in ["[]", "", r#"{"name":1}"#, r#"{"name":"a","name":"b"}"#, r#"{"name":"a"}{}"#] {
        let token = jws::sign(payload.as_bytes(), Some("badge+jwt"), Some("one"), &key).unwrap();
        assert_eq!(ends(&token, &set(&key)), Err(Rejected::Claims), "{payload}");
    }
}

#[test]
fn a_shared_key_is_between_two() {
    let secret = Secret::new(vec![3; 32]);
    let (key, mut set) = (SigningKey::shared(&secret).unwrap(), KeySet::default());
    let pair = Pair { issuer: "https://a.example".into(), audience: "b".into() };
    set.add("one", VerifyingKey::shared(&secret, pair).unwrap()).unwrap();
    for (payload, is_good) in [
        (r#"{"name":"x","iss":"https://a.example","aud":"b"}"#, true),
        (r#"{"name":"x","iss":"https://a.example","aud":"c"}"#, false),
        (r#"{"name":"x","iss":"https://c.example","aud":"b"}"#, false),
        (r#"{"name":"x","iss":"https://a.example","aud":["b","c"]}"#, false),
        (r#"{"name":"x"}"#, false),
    ] {
        let token = jws::sign(payload.as_bytes(), Some("badge+jwt"), Some("one"), &key).unwrap();
        assert_eq!(ends(&token, &set).is_ok(), is_good, "{payload}");
    }
}
