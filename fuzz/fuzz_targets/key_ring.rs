//! The file of root keys.
#![no_main]

use cloakroom_crypto::keyring::KeyRing;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(ring) = KeyRing::from_text(text) {
        let again = KeyRing::from_text(ring.to_text().expose());
        assert_eq!(again.map(|ring| ring.active()), Ok(ring.active()));
    }
});
