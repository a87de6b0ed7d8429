//! The record of a refresh family: it has one form, so what is read writes the same bytes.
#![no_main]

use cloakroom_store::codec::family::{decode_family, encode_family};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(family) = decode_family(bytes) {
        assert_eq!(encode_family(&family), bytes);
    }
});
