#![no_main]
//! What anybody can send as a token or publish as a key.

use cloakroom_crypto::json::object;
use cloakroom_crypto::jwk::Jwk;
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jws::Unverified;
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_crypto::verifying_key::VerifyingKey;
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

fn key() -> &'static VerifyingKey {
    static KEY: OnceLock<VerifyingKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::draw(PairAlg::EdDsa).unwrap().verifying("k").unwrap())
}

fuzz_target!(|bytes: &[u8]| {
    drop(KeySet::parse(bytes));
    if let Ok(object) = object(bytes) {
        // What we accept, anybody accepts, and reads the same.
        assert_eq!(serde_json::from_slice::<serde_json::Value>(bytes).unwrap(), serde_json::Value::Object(object.clone()));
        if let Ok(jwk) = Jwk::of(&object) {
            assert_eq!(Jwk::of(&jwk.to_object()), Ok(jwk.clone()));
            assert_eq!(jwk.thumbprint().len(), 43);
        }
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(token) = Unverified::parse(text) {
        // The key was drawn a moment ago: nothing is signed under it.
        assert!(token.verify(key()).is_err());
    }
});
