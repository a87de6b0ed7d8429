//! The record of a session: what is read writes the same bytes but for the map, which has more than one form.
#![no_main]

use cloakroom_model::words::time::Time;
use cloakroom_store::codec::{decode_session, encode_session};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(row) = decode_session(bytes, Time::MAX) {
        assert_eq!(decode_session(&encode_session(&row), Time::MAX), Ok(row));
    }
});
