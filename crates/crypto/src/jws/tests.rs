use super::*;
use crate::json::object;
use crate::jwk::Jwk;
use crate::signing_key::PairAlg;
use crate::verifying_key::Pair;
use cloakroom_model::words::secret::Secret;

fn golden() -> Object {
    object(include_bytes!("../../../../vectors/jws.json")).unwrap()
}

pub(crate) fn key_of(case: &Value) -> Option<VerifyingKey> {
    let mut members = case["key"].as_object()?.clone();
    if members["kty"] == "oct" {
        let secret = Secret::new(from_base64url(members["k"].as_str()?).unwrap());
        return Some(
            VerifyingKey::shared(&secret, Pair { issuer: "i".into(), audience: "a".into() }).unwrap(),
        );
    }
    members.insert("alg".to_owned(), case["alg"].clone());
    Some(VerifyingKey::of(&Jwk::of(&members).unwrap()).unwrap())
}

#[test]
fn the_examples_of_the_standards() {
    for case in golden()["signatures"].as_array().unwrap() {
        let (token, source) = (case["token"].as_str().unwrap(), &case["source"]);
        let parsed = Unverified::parse(token);
        match (case["ends"].as_str().unwrap(), parsed) {
            ("verified", Ok(parsed)) => {
                let key = key_of(case).unwrap();
                let payload = token.split('.').nth(1).unwrap();
                assert_eq!(base64url(&parsed.verify(&key).unwrap()), payload, "{source}");
                assert!(changed(token).all(|other| !verifies(&other, &key)), "{source}");
            }
            (ends, parsed) => assert_eq!(format!("{:?}", parsed.unwrap_err()), ends, "{source}"),
        }
    }
}

fn verifies(token: &str, key: &VerifyingKey) -> bool {
    Unverified::parse(token).is_ok_and(|parsed| parsed.verify(key).is_ok())
}

/// The token with each of its characters replaced by another one, and with some left away.
fn changed(token: &str) -> impl Iterator<Item = String> {
    let other = |byte: u8| if byte == b'A' { 'B' } else { 'A' };
    let replaced = (0..token.len()).map(move |at| {
        let (before, rest) = token.split_at(at);
        format!("{before}{}{}", other(rest.as_bytes()[0]), &rest[1..])
    });
    replaced.chain((0..token.len()).map(|length| token[..length].to_owned()))
}

#[test]
fn a_text_is_bounded_before_it_is_read() {
    let key = SigningKey::draw(PairAlg::EdDsa).unwrap();
    let long = sign(&[b'x'; TOKEN_AT_MOST], None, None, &key).unwrap();
    assert_eq!(Unverified::parse(&long).unwrap_err(), Rejected::TooLong);
    let header = sign(b"{}", Some(&"x".repeat(HEADER_AT_MOST)), None, &key).unwrap();
    assert_eq!(Unverified::parse(&header).unwrap_err(), Rejected::Malformed);
}

#[test]
fn only_the_one_written_form() {
    let key = SigningKey::draw(PairAlg::EdDsa).unwrap();
    let token = sign(b"{}", None, None, &key).unwrap();
    assert!(verifies(&token, &key.verifying("k").unwrap()));
    let (before, signature) = token.rsplit_once('.').unwrap();
    for other in [
        format!("{token}="),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{before}.{signature}."),
        format!(".{token}"),
        token.replacen('.', "..", 1),
        format!("{before}.{}", signature.replace(['-', '_'], "/")) + "+",
        format!("{{\"payload\":\"{}\"}}", token),
    ] {
        assert!(!verifies(&other, &key.verifying("k").unwrap()), "{other}");
    }
}

#[test]
fn headers_that_ask_for_too_much() {
    for (header, ends) in [
        (r#"{"alg":"EdDSA"}"#, None),
        (r#"{"alg":"EdDSA","x":1}"#, None),
        (r#"{"alg":"none"}"#, Some(Rejected::Algorithm)),
        (r#"{"alg":"None"}"#, Some(Rejected::Algorithm)),
        (r#"{"alg":""}"#, Some(Rejected::Algorithm)),
        (r#"{"alg":"ES512"}"#, Some(Rejected::Algorithm)),
        (r#"{"alg":"eddsa"}"#, Some(Rejected::Algorithm)),
        (r#"{"alg":["EdDSA"]}"#, Some(Rejected::Malformed)),
        (r#"{"alg":null}"#, Some(Rejected::Malformed)),
        (r#"{}"#, Some(Rejected::Malformed)),
        (r#"{"alg":"EdDSA","alg":"EdDSA"}"#, Some(Rejected::Malformed)),
        (r#"{"alg":"EdDSA","kid":1}"#, Some(Rejected::Malformed)),
        (r#"{"alg":"EdDSA","crit":[]}"#, Some(Rejected::Header)),
        (r#"{"alg":"EdDSA","crit":["b64"],"b64":false}"#, Some(Rejected::Header)),
        (r#"{"alg":"EdDSA","jwk":{}}"#, Some(Rejected::Header)),
        (r#"{"alg":"EdDSA","jku":"https://evil.example/keys"}"#, Some(Rejected::Header)),
        (r#"{"alg":"EdDSA","x5u":"https://evil.example/keys"}"#, Some(Rejected::Header)),
        (r#"{"alg":"EdDSA","x5c":[]}"#, Some(Rejected::Header)),
        (r#"["alg"]"#, Some(Rejected::Malformed)),
    ] {
        let text = format!("{}.e30.AA", base64url(header.as_bytes()));
        assert_eq!(Unverified::parse(&text).err(), ends, "{header}");
    }
}
