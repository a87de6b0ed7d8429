//! One test for each known hole of this field, named by its id. Each forges what the hole let through.

use cloakroom_crypto::json::members::{Item, Members};
use cloakroom_crypto::json::{self, Object, Value};
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jws::{self, Rejected};
use cloakroom_crypto::jwt::{self, Claims, UnverifiedJwt};
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_crypto::verifying_key::{Pair, VerifyingKey};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::text::{Malformed, base64url};
use cloakroom_model::words::time::Time;

#[derive(Debug, PartialEq)]
struct Ticket {
    subject: String,
    until: Time,
}

impl Claims for Ticket {
    const TYP: &'static str = "ticket+jwt";

    fn read(members: &Members<'_>) -> Result<Self, Malformed> {
        let subject = members.get("sub").and_then(Item::as_str).ok_or(Malformed)?.to_owned();
        Ok(Self { subject, until: members.get("exp").and_then(Item::as_date).ok_or(Malformed)? })
    }

    fn write(&self) -> Object {
        Object::from_iter([
            ("sub".to_owned(), self.subject.as_str().into()),
            ("exp".to_owned(), json::seconds(self.until)),
        ])
    }
}

struct Victim {
    key: SigningKey,
    keys: KeySet,
}

/// Somebody who believes one key, whose public half everybody has.
fn victim(alg: PairAlg) -> Victim {
    let (key, mut keys) = (SigningKey::draw(alg).unwrap(), KeySet::default());
    keys.add("k", key.verifying("k").unwrap()).unwrap();
    Victim { key, keys }
}

impl Victim {
    fn believes(&self, token: &str) -> Result<(), Rejected> {
        UnverifiedJwt::parse(token)?.verify::<Ticket>(&self.keys).map(drop)
    }

    fn token(&self) -> String {
        let ticket = Ticket { subject: "anna".to_owned(), until: Time::from_millis(1_790_000_000_000) };
        jwt::sign(&ticket, "k", &self.key).unwrap()
    }

    fn public(&self) -> Object {
        self.key.public("k").unwrap().to_object()
    }
}

const ADMIN: &str = r#"{"sub":"admin","exp":1790000000}"#;

fn forged(header: &str, signature: &[u8]) -> String {
    format!("{}.{}.{}", base64url(header.as_bytes()), base64url(ADMIN.as_bytes()), base64url(signature))
}

fn header(alg: &str) -> String {
    format!(r#"{{"alg":"{alg}","typ":"ticket+jwt","kid":"k"}}"#)
}

/// A token under HMAC with a secret that the attacker knows, as every confusion of algorithms wants it.
fn under_hmac(alg: &str, secret: &[u8]) -> String {
    let text = forged(&header(alg), b"");
    let message = text.trim_end_matches('.');
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    format!("{message}.{}", base64url(aws_lc_rs::hmac::sign(&key, message.as_bytes()).as_ref()))
}

#[test]
fn the_honest_token_is_believed() {
    for alg in [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ps256, PairAlg::Rs256] {
        let victim = victim(alg);
        assert_eq!(victim.believes(&victim.token()), Ok(()));
    }
}

#[test]
fn cve_2015_2951_none_is_an_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "none ", "", "null"] {
        let victim = victim(PairAlg::Es256);
        assert_eq!(victim.believes(&forged(&header(name), b"")), Err(Rejected::Algorithm), "{name}");
    }
}

#[test]
fn cve_2022_23540_a_token_without_algorithm_or_signature() {
    let victim = victim(PairAlg::Es256);
    assert!(victim.believes(&forged(r#"{"typ":"ticket+jwt","kid":"k"}"#, b"")).is_err());
    assert_eq!(victim.believes(&forged(&header("ES256"), b"")), Err(Rejected::Signature));
}

#[test]
fn cve_2020_28042_the_signature_is_left_away() {
    for alg in [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ps256, PairAlg::Rs256] {
        let victim = victim(alg);
        let token = victim.token();
        let (before, _) = token.rsplit_once('.').unwrap();
        assert!(victim.believes(before).is_err() && victim.believes(&format!("{before}.")).is_err());
    }
}

#[test]
fn cve_2015_9235_a_public_rsa_key_as_hmac_secret() {
    let victim = victim(PairAlg::Rs256);
    let public = victim.public();
    let n = public["n"].as_str().unwrap();
    for secret in [n.to_owned(), Value::Object(public.clone()).to_string(), String::new()] {
        assert_eq!(victim.believes(&under_hmac("HS256", secret.as_bytes())), Err(Rejected::Algorithm));
    }
}

#[test]
fn cve_2022_29217_a_public_key_of_a_curve_as_hmac_secret() {
    for alg in [PairAlg::Es256, PairAlg::EdDsa] {
        let victim = victim(alg);
        let secret = victim.public()["x"].as_str().unwrap().to_owned();
        assert_eq!(victim.believes(&under_hmac("HS256", secret.as_bytes())), Err(Rejected::Algorithm));
        let own_name = victim.key.alg().as_str();
        assert_eq!(victim.believes(&under_hmac(own_name, secret.as_bytes())), Err(Rejected::Signature));
    }
}

#[test]
fn cve_2024_33663_a_key_of_any_text_form_as_hmac_secret() {
    // There is no way to make a shared key of a public one: their types have nothing in common, and a JWK of kind `oct` is
    // no key of a published set.
    let text = br#"{"keys":[{"kty":"oct","kid":"k","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
    assert_eq!(KeySet::parse(text).unwrap().kids().count(), 0);
}

#[test]
fn cve_2018_0114_the_header_brings_its_key() {
    let (victim, thief) = (victim(PairAlg::EdDsa), SigningKey::draw(PairAlg::EdDsa).unwrap());
    let own = Value::Object(thief.public("k").unwrap().to_object());
    let header = format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","kid":"k","jwk":{own}}}"#);
    assert_eq!(victim.believes(&forged(&header, &[7; 64])), Err(Rejected::Header));
}

#[test]
fn cve_2026_27962_the_header_brings_its_key_and_names_none() {
    let (victim, thief) = (victim(PairAlg::EdDsa), SigningKey::draw(PairAlg::EdDsa).unwrap());
    let own = Value::Object(thief.public("x").unwrap().to_object());
    let header = format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","jwk":{own}}}"#);
    assert_eq!(victim.believes(&forged(&header, &[7; 64])), Err(Rejected::Header));
    // Nor is there a default for a token that names no key.
    let nameless = jws::sign(ADMIN.as_bytes(), Some("ticket+jwt"), None, &victim.key).unwrap();
    assert_eq!(victim.believes(&nameless), Err(Rejected::Key));
}

#[test]
fn cwe_918_the_header_says_where_its_key_is() {
    let victim = victim(PairAlg::EdDsa);
    for name in ["jku", "x5u"] {
        let header =
            format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","kid":"k","{name}":"https://evil.example/"}}"#);
        assert_eq!(victim.believes(&forged(&header, &[7; 64])), Err(Rejected::Header), "{name}");
    }
}

#[test]
fn cwe_22_the_key_id_is_a_path_or_a_query() {
    let victim = victim(PairAlg::EdDsa);
    for kid in ["../../dev/null", "k' or '1'='1", "k\\u0000", "K", "k ", ""] {
        let header = format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","kid":"{kid}"}}"#);
        assert_eq!(victim.believes(&forged(&header, &[7; 64])), Err(Rejected::Key), "{kid}");
    }
}

#[test]
fn cve_2022_21449_a_signature_of_zeros() {
    let order: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let victim = victim(PairAlg::Es256);
    for signature in [[0; 64].to_vec(), [order, order].concat(), [[0; 32], order].concat(), vec![1; 64]] {
        assert_eq!(victim.believes(&forged(&header("ES256"), &signature)), Err(Rejected::Signature));
    }
}

#[test]
fn cve_2019_18848_a_signature_cut_short() {
    for alg in [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ps256] {
        let victim = victim(alg);
        let token = victim.token();
        for length in 1..=8 {
            let cut = &token[..token.len() - length * 4];
            assert!(victim.believes(cut).is_err());
        }
    }
    let (secret, mut keys) = (Secret::new(vec![9; 32]), KeySet::default());
    let pair = Pair { issuer: "i".into(), audience: "a".into() };
    keys.add("k", VerifyingKey::shared(&secret, pair).unwrap()).unwrap();
    let victim = Victim { key: SigningKey::shared(&secret).unwrap(), keys };
    let text = victim.token();
    let (before, signature) = text.rsplit_once('.').unwrap();
    for length in [0, 1, 2, 3, 4, 22, 40] {
        assert!(matches!(
            victim.believes(&format!("{before}.{}", &signature[..length])),
            Err(Rejected::Signature | Rejected::Malformed)
        ));
    }
}

#[test]
fn cve_2022_23539_a_weak_key() {
    // 1024 bits, as far as its length is looked at: none of these becomes a key.
    let n = base64url(&[0xc1; 128]);
    let text = format!(r#"{{"keys":[{{"kty":"RSA","alg":"RS256","kid":"k","n":"{n}","e":"AQAB"}}]}}"#);
    assert_eq!(KeySet::parse(text.as_bytes()).unwrap().kids().count(), 0);
    let pair = Pair { issuer: "i".into(), audience: "a".into() };
    assert!(VerifyingKey::shared(&Secret::new(b"secret".to_vec()), pair).is_err());
}

#[test]
fn cve_2025_59420_and_cve_2026_32597_what_is_critical_is_passed_over() {
    let victim = victim(PairAlg::EdDsa);
    for crit in [r#"["cnf"]"#, "[]", r#""cnf""#, "null", r#"["exp"]"#] {
        let header = format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","kid":"k","crit":{crit},"cnf":1}}"#);
        assert_eq!(victim.believes(&forged(&header, &[7; 64])), Err(Rejected::Header), "{crit}");
    }
}

#[test]
fn cve_2025_30204_and_cve_2025_61920_a_text_that_costs_memory() {
    let victim = victim(PairAlg::EdDsa);
    assert_eq!(victim.believes(&".".repeat(10_000_000)), Err(Rejected::TooLong));
    assert_eq!(victim.believes(&".".repeat(8_000)), Err(Rejected::Malformed));
    let padded = format!(r#"{{"alg":"EdDSA","typ":"ticket+jwt","kid":"k","x":"{}"}}"#, "x".repeat(4_000));
    assert_eq!(victim.believes(&forged(&padded, &[7; 64])), Err(Rejected::Malformed));
}

#[test]
fn cve_2026_25537_a_date_that_is_text() {
    let victim = victim(PairAlg::EdDsa);
    for exp in ["\"99999999999\"", "null", "true", "[1790000000]", "{}", "-1", "1e400", "\"never\""] {
        let payload = format!(r#"{{"sub":"anna","exp":{exp}}}"#);
        let token = jws::sign(payload.as_bytes(), Some("ticket+jwt"), Some("k"), &victim.key).unwrap();
        assert_eq!(victim.believes(&token), Err(Rejected::Claims), "{exp}");
    }
}

#[test]
fn cve_2022_36083_and_cve_2024_33664_encrypted_forms_and_json_are_no_tokens() {
    let victim = victim(PairAlg::EdDsa);
    let token = victim.token();
    let parts: Vec<_> = token.split('.').collect();
    let general =
        format!(r#"{{"payload":"{}","protected":"{}","signature":"{}"}}"#, parts[1], parts[0], parts[2]);
    assert_eq!(victim.believes(&general), Err(Rejected::Malformed));
    assert_eq!(victim.believes("eyJhbGciOiJkaXIifQ.AA.AA.AA.AA"), Err(Rejected::Malformed));
    // The holes need a decryption to begin with: there is none.
    let pbes2 = r#"{"alg":"PBES2-HS256+A128KW","p2c":2147483647,"enc":"A128GCM","zip":"DEF"}"#;
    assert_eq!(victim.believes(&forged(pbes2, b"x")), Err(Rejected::Algorithm));
}

#[test]
fn rfc_8725_3_11_one_kind_of_token_for_another() {
    let victim = victim(PairAlg::EdDsa);
    for typ in ["JWT", "at+jwt", "logout+jwt", "dpop+jwt"] {
        let token = jws::sign(ADMIN.as_bytes(), Some(typ), Some("k"), &victim.key).unwrap();
        assert_eq!(victim.believes(&token), Err(Rejected::Type), "{typ}");
    }
}

#[test]
fn rfc_8725_3_7_members_that_stand_twice() {
    let victim = victim(PairAlg::EdDsa);
    let payload = br#"{"sub":"anna","exp":1790000000,"sub":"admin"}"#;
    let token = jws::sign(payload, Some("ticket+jwt"), Some("k"), &victim.key).unwrap();
    assert_eq!(victim.believes(&token), Err(Rejected::Claims));
    let header = r#"{"alg":"EdDSA","typ":"ticket+jwt","kid":"k","kid":"x"}"#;
    assert_eq!(victim.believes(&forged(header, &[7; 64])), Err(Rejected::Malformed));
}
