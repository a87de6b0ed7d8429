use super::*;
use crate::signing_key::{PairAlg, SigningKey};

fn key(kid: &str) -> Jwk {
    SigningKey::draw(PairAlg::EdDsa).unwrap().public(kid).unwrap()
}

#[test]
fn a_published_set_is_read_back() {
    let text = publish([&key("one"), &key("two")]);
    let set = KeySet::parse(text.as_bytes()).unwrap();
    assert_eq!(set.kids().collect::<Vec<_>>(), ["one", "two"]);
    assert!(set.of("one").is_some() && set.of("three").is_none() && set.of("").is_none());
    assert!(!text.contains("\"d\""));
}

#[test]
fn what_is_not_known_is_passed_over() {
    let good = Value::Object(key("good").to_object());
    let text = format!(
        r#"{{"keys":[{{"kty":"EC","crv":"P-521","kid":"a"}},7,{{"kty":"RSA","use":"enc","kid":"b"}},{good}],"x":1}}"#
    );
    assert_eq!(KeySet::parse(text.as_bytes()).unwrap().kids().collect::<Vec<_>>(), ["good"]);
}

#[test]
fn two_of_one_id_are_refused() {
    let text = publish([&key("one"), &key("one")]);
    assert!(KeySet::parse(text.as_bytes()).is_err());
}

#[test]
fn a_set_is_bounded() {
    let keys: Vec<_> = (0..100).map(|number| key(&format!("{number:03}"))).collect();
    let set = KeySet::parse(publish(&keys).as_bytes()).unwrap();
    assert_eq!(set.kids().count(), KEYS_AT_MOST);
    assert!(KeySet::parse(&vec![b' '; BYTES_AT_MOST + 1]).is_err());
    for text in ["{}", r#"{"keys":{}}"#, "[]", r#"{"keys":[],"keys":[]}"#] {
        assert!(KeySet::parse(text.as_bytes()).is_err(), "{text}");
    }
}
