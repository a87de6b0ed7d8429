use super::*;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};

/// First vectors of the reference implementation's 128-bit table (key 00..0f, inputs "", 00, 00 01).
#[test]
fn is_siphash_2_4_128() {
    let key: [u8; 16] = core::array::from_fn(|i| i as u8);
    let prf = Prf(SipHasher24::new_with_key(&key));
    let expected = [
        "a3817f04ba25a8e66df67214c7550293",
        "da87c1d86b99af44347659119b22fc45",
        "8177228da4a45dc7fca38bdef60affe4",
    ];
    for (length, expected) in expected.iter().enumerate() {
        let input: Vec<u8> = (0..length as u8).collect();
        let hex: String = prf.of(&input).to_le_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&hex, expected, "input of {length}");
    }
}

#[test]
fn two_processes_have_two_functions() {
    let entropy = SeededEntropy::new(1);
    let (one, other) = (Prf::draw(&entropy).unwrap(), Prf::draw(&entropy).unwrap());
    assert_ne!(one.of(b"ticket"), other.of(b"ticket"));
    assert!(Prf::draw(&NoEntropyAtAll).is_err());
}

#[test]
fn parts_are_framed() {
    let prf = Prf::draw(&SeededEntropy::new(1)).unwrap();
    assert_ne!(prf.of_parts(&[b"ab", b"c"]), prf.of_parts(&[b"a", b"bc"]));
    assert_ne!(prf.of_parts(&[b"ab"]), prf.of_parts(&[b"ab", b""]));
}
