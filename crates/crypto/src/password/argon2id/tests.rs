use super::*;
use crate::password::{Verdict, verify};
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};

const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

#[test]
fn a_hash_verifies_itself_and_two_hashes_differ() {
    let entropy = SeededEntropy::new(1);
    let mut memory = Memory::default();
    let one = hash(b"correct horse", CHEAP, &mut memory, &entropy).unwrap();
    let two = hash(b"correct horse", CHEAP, &mut memory, &entropy).unwrap();
    assert_ne!(one, two);
    assert_eq!(verify(&one, b"correct horse", CHEAP, &mut memory), Ok(Verdict::Match { outdated: false }));
    assert_eq!(verify(&one, b"correct horse ", CHEAP, &mut memory), Ok(Verdict::Mismatch));
    assert_eq!(
        verify(&one, b"correct horse", Cost::LEAST, &mut memory),
        Ok(Verdict::Match { outdated: true })
    );
}

#[test]
fn the_hash_of_nobody_is_one_that_no_password_opens_and_costs_what_others_do() {
    let nobody = unmatched(CHEAP, &SeededEntropy::new(1)).unwrap();
    let somebody = hash(b"x", CHEAP, &mut Memory::default(), &SeededEntropy::new(1)).unwrap();
    assert_eq!(nobody.len(), somebody.len());
    for password in [&b""[..], b"x", nobody.as_bytes()] {
        assert_eq!(verify(&nobody, password, CHEAP, &mut Memory::default()), Ok(Verdict::Mismatch));
    }
    assert_ne!(nobody, unmatched(CHEAP, &SeededEntropy::new(2)).unwrap());
}

#[test]
fn memory_of_a_dearer_hash_serves_a_cheaper_one() {
    let entropy = SeededEntropy::new(1);
    let mut memory = Memory::for_cost(Cost { memory: 256, ..CHEAP });
    let in_used = hash(b"x", CHEAP, &mut memory, &SeededEntropy::new(5)).unwrap();
    hash(b"y", Cost { memory: 256, ..CHEAP }, &mut memory, &entropy).unwrap();
    assert_eq!(hash(b"x", CHEAP, &mut memory, &SeededEntropy::new(5)).unwrap(), in_used);
    assert_eq!(hash(b"x", CHEAP, &mut Memory::default(), &SeededEntropy::new(5)).unwrap(), in_used);
}

#[test]
fn no_entropy_no_hash() {
    assert_eq!(hash(b"x", CHEAP, &mut Memory::default(), &NoEntropyAtAll), Err(Unusable::NoEntropy));
}

/// RFC 9106 section 5.3 has a secret and associated data, which we do not use; this is the vector of the
/// reference implementation's test suite for argon2id v=19 (t=2, m=2^16, p=1, "password", "somesalt").
#[test]
fn agrees_with_the_reference_implementation() {
    let mut out = [0u8; 32];
    let cost = Cost { memory: 1 << 16, passes: 2, lanes: 1 };
    raw(Algorithm::Argon2id, 0x13, cost, b"password", b"somesalt", &mut Memory::default(), &mut out).unwrap();
    let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}
