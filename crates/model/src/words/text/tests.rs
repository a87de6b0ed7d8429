use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn crockford_there_and_back(value: u128) {
        prop_assert_eq!(from_crockford(&crockford(value)), Ok(value));
    }

    #[test]
    fn one_value_has_one_spelling(text in "[A-Za-z0-9_=+/-]{0,48}") {
        if let Ok(bytes) = from_base64url(&text) {
            prop_assert_eq!(base64url(&bytes), text);
        }
    }
}

#[test]
fn refuses_every_other_spelling() {
    for text in ["AA==", "AB", "+/+/", " AAA", "AAA ", "AAA\n", "A"] {
        assert_eq!(from_base64url(text), Err(Malformed), "{text:?}");
    }
    assert_eq!(array_from_base64url::<3>("AAAA"), Ok([0; 3]));
    for text in ["AAA", "AAAAA", "AAA=", ""] {
        assert_eq!(array_from_base64url::<3>(text), Err(Malformed), "{text:?}");
    }
}

#[test]
fn every_byte_is_the_digit_that_is_written_or_none() {
    for byte in 0..=u8::MAX {
        let text = [&"0".repeat(25), &*char::from(byte).to_string()].concat();
        let place = CROCKFORD.iter().position(|digit| *digit == byte);
        assert_eq!(from_crockford(&text).ok(), place.map(|place| place as u128), "{byte}");
    }
}

#[test]
fn crockford_refuses_overflow_case_and_look_alikes() {
    assert_eq!(crockford(u128::MAX), "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    for text in [
        "8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "0000000000000000000000000",
        "u0000000000000000000000000",
        "0000000000000000000000000i",
    ] {
        assert_eq!(from_crockford(text), Err(Malformed), "{text:?}");
    }
}
