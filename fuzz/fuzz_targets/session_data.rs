//! The msgpack map of a session: no bytes upset it, and what is read writes the same.
#![no_main]

use cloakroom_model::records::data::Data;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(data) = Data::from_msgpack(bytes) {
        assert_eq!(Data::from_msgpack(data.as_msgpack()), Ok(data));
    }
    let _ = Data::default().set("name", bytes);
});
