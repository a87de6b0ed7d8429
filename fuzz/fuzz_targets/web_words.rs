#![no_main]
//! What anybody can send in a header: cookies, CSRF tokens, origins, paths to return to.

use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_rules::cookie::read::pairs;
use cloakroom_rules::csrf::token::{Bearer, is_good};
use libfuzzer_sys::fuzz_target;
use std::sync::OnceLock;

fn ring() -> &'static (KeyRing, WebOrigin) {
    static RING: OnceLock<(KeyRing, WebOrigin)> = OnceLock::new();
    RING.get_or_init(|| {
        (KeyRing::draw(&SeededEntropy::new(1)).unwrap(), "https://app.example".parse().unwrap())
    })
}

fuzz_target!(|bytes: &[u8]| {
    for (name, value) in pairs(bytes.split(|byte| *byte == 0)) {
        assert!(!name.contains(&b'=') && !name.contains(&b';') && !value.contains(&b';'));
    }
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    if let Ok(origin) = text.parse::<WebOrigin>() {
        assert_eq!(origin.as_str(), text);
        assert!(!origin.name().is_empty() && origin.port() > 0);
    }
    let (ring, origin) = ring();
    assert!(!is_good(ring, origin, Bearer::Session(SessionId::from_bytes([1; 16]), 1), text));
    assert!(!is_good(ring, origin, Bearer::Visitor(b"pre"), text));
});
