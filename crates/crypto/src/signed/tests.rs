use super::*;
use cloakroom_model::words::secret::Secret;
use proptest::prelude::*;

fn key(kid: u16) -> SignKey {
    SignKey::new(kid, MacKey::new(&Secret::new([9; 32])))
}

proptest! {
    #[test]
    fn opens_where_it_was_signed_and_nowhere_else(plain: Vec<u8>, place: Vec<u8>, other: Vec<u8>) {
        let signed = key(1).sign(&[b"cookie", &place], &plain);
        prop_assert_eq!(key(1).open(&[b"cookie", &place], &signed), Ok(&plain[..]));
        if place != other {
            prop_assert!(key(1).open(&[b"cookie", &other], &signed).is_err());
        }
        prop_assert!(key(2).open(&[b"cookie", &place], &signed).is_err(), "the key id is signed too");
    }

    #[test]
    fn no_changed_bit_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
        let mut signed = key(1).sign(&[], &plain);
        let at = at.index(signed.len());
        signed[at] ^= 1 << bit;
        prop_assert!(key(1).open(&[], &signed).is_err());
    }
}

#[test]
fn a_part_of_the_place_does_not_slip_into_the_text() {
    let signed = key(1).sign(&[b"ab"], b"c");
    let moved = Signed { plain: b"bc", ..Signed::parse(&signed).unwrap() }.to_bytes();
    assert_eq!(key(1).open(&[b"a"], &moved), Err(Tampered));
}
