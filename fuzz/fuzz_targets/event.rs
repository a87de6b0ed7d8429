//! Events, keys of facts, sealed values.
#![no_main]

use cloakroom_model::records::event::Event;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::words::sealed::Sealed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(event) = Event::from_bytes(bytes) {
        assert_eq!(event.to_bytes(), bytes);
    }
    if let Ok(key) = FactKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
    if let Ok(sealed) = Sealed::parse(bytes) {
        assert_eq!(sealed.to_bytes(), bytes);
    }
});
