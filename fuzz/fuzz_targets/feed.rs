//! Frames of the feed, from either end, and receipts: each has one form, so what is read writes the same bytes.
#![no_main]

use cloakroom_verifier::feed::frame::{FromAuthority, FromFollower};
use cloakroom_verifier::feed::greeting::{Greeting, Welcome};
use cloakroom_verifier::feed::receipt::Brought;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = FromAuthority::parse(bytes) {
        assert_eq!(frame.to_bytes(), bytes);
    }
    if let Ok(frame) = FromFollower::parse(bytes) {
        assert_eq!(frame.to_bytes(), bytes);
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        if let Ok(greeting) = Greeting::parse(text) {
            assert_eq!(greeting.to_text(), text);
        }
        if let Ok(welcome) = Welcome::parse(text) {
            assert_eq!(welcome.to_text(), text);
        }
        let _a_receipt_or_not = Brought::parse(text);
    }
});
