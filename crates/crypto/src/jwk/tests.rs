use super::*;
use crate::json::object;

fn jwk(text: &str) -> Result<Jwk, Malformed> {
    Jwk::of(&object(text.as_bytes()).unwrap())
}

const ED: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

#[test]
fn thumbprints_of_the_standards() {
    let golden = object(include_bytes!("../../../../vectors/jws.json")).unwrap();
    let cases = golden["thumbprints"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let jwk = Jwk::of(case["key"].as_object().unwrap()).unwrap();
        assert_eq!(jwk.thumbprint(), case["thumbprint"].as_str().unwrap(), "{}", case["source"]);
    }
}

#[test]
fn what_is_published_is_read_back() {
    let key = jwk(&format!("{{{ED},\"kid\":\"one\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}}")).unwrap();
    assert_eq!((key.kid(), key.alg()), (Some("one"), Alg::EdDsa));
    assert_eq!(Jwk::of(&key.to_object()), Ok(key));
}

#[test]
fn a_private_part_has_no_place() {
    for name in PRIVATE {
        assert_eq!(jwk(&format!("{{{ED},\"{name}\":\"AA\"}}")), Err(Malformed), "{name}");
    }
    assert_eq!(jwk(r#"{"kty":"oct","k":"AAAA"}"#), Err(Malformed));
}

#[test]
fn a_key_is_for_one_thing() {
    for more in [
        r#""use":"enc""#,
        r#""use":1"#,
        r#""key_ops":["sign"]"#,
        r#""key_ops":"verify""#,
        r#""alg":"ES256""#,
        r#""alg":"HS256""#,
        r#""alg":"none""#,
        r#""kid":"""#,
        r#""kid":7"#,
    ] {
        assert_eq!(jwk(&format!("{{{ED},{more}}}")), Err(Malformed), "{more}");
    }
    let named = jwk(&format!("{{{ED},\"alg\":\"Ed25519\"}}")).unwrap();
    assert_eq!(named.alg(), Alg::Ed25519);
}

#[test]
fn rsa_says_which_algorithm_and_is_long_enough() {
    let of = |bytes: usize, first: u8, e: &[u8], alg: &str| {
        let mut n = vec![0xab; bytes];
        n[0] = first;
        jwk(&format!(r#"{{"kty":"RSA","n":"{}","e":"{}"{alg}}}"#, base64url(&n), base64url(e)))
    };
    let (e, ps256) = (&[1, 0, 1][..], r#","alg":"PS256""#);
    assert!(of(256, 0x80, e, ps256).is_ok());
    assert_eq!(of(256, 0x80, e, ""), Err(Malformed), "it could be meant for two");
    assert_eq!(of(256, 0x7f, e, ps256), Err(Malformed), "2047 bits");
    assert_eq!(of(128, 0x80, e, ps256), Err(Malformed), "1024 bits");
    assert_eq!(of(1_025, 0x80, e, ps256), Err(Malformed), "more than 8192 bits");
    assert_eq!(of(257, 0, e, ps256), Err(Malformed), "a leading zero");
    assert_eq!(of(256, 0x80, &[0, 1, 0, 1], ps256), Err(Malformed), "a leading zero");
}

#[test]
fn other_curves_and_forms_are_none() {
    for text in [
        r#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#,
        r#"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#,
        r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"}"#,
        r#"{"kty":"OKP","crv":"Ed25519"}"#,
        r#"{"crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        "{}",
    ] {
        assert_eq!(jwk(text), Err(Malformed), "{text}");
    }
}
