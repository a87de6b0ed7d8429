use super::*;
use cloakroom_crypto::json::object;

fn found(text: &str) -> Option<String> {
    first(&object(text.as_bytes()).unwrap()).map(str::to_owned)
}

#[test]
fn names_and_texts_that_look_like_secrets() {
    for secret in [
        r#"{"password":"x"}"#,
        r#"{"api_key":"x"}"#,
        r#"{"apiKey":"x"}"#,
        r#"{"x":{"client-secret":1}}"#,
        r#"{"pin":1234}"#,
        r#"{"x":"ckt_AAAA"}"#,
        r#"{"x":["a","-----BEGIN PRIVATE KEY-----"]}"#,
        r#"{"x":"eyJhbGciOiJIUzI1NiJ9.e30.x"}"#,
        r#"{"x":"AKIAIOSFODNN7EXAMPLE"}"#,
        r#"{"x":{"y":{"refreshToken":"x"}}}"#,
    ] {
        assert!(found(secret).is_some(), "{secret}");
    }
    for plain in [
        r#"{"has_password":true,"token":null}"#,
        r#"{"shipping":"x"}"#,
        r#"{"tenant":"a","plan":"pro"}"#,
        r#"{"opinion":["good"]}"#,
        "{}",
    ] {
        assert_eq!(found(plain), None, "{plain}");
    }
}
