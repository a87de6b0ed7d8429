use super::*;
use crate::password::argon2id::hash;
use crate::password::fast::{Bare, Fast};
use cloakroom_model::ports::doubles::SeededEntropy;
use proptest::prelude::*;

const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

/// Hashes that other people's libraries made.
#[test]
fn golden_vectors_of_every_scheme() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../vectors/passwords.json")).unwrap();
    let mut memory = Memory::default();
    for case in vectors["hashes"].as_array().unwrap() {
        let stored = case["text"].as_str().unwrap();
        let right = verify(stored, b"correct horse", CHEAP, &mut memory);
        assert!(matches!(right, Ok(Verdict::Match { .. })), "{case}: {right:?}");
        assert_eq!(verify(stored, b"Correct horse", CHEAP, &mut memory), Ok(Verdict::Mismatch), "{case}");
        assert_eq!(verify(stored, b"", CHEAP, &mut memory), Ok(Verdict::Mismatch), "{case}");
    }
}

#[test]
fn only_argon2id_at_todays_cost_is_not_outdated() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../vectors/passwords.json")).unwrap();
    for case in vectors["hashes"].as_array().unwrap() {
        let verdict =
            verify(case["text"].as_str().unwrap(), b"correct horse", CHEAP, &mut Memory::default()).unwrap();
        let todays = ["argon2id", "Django argon2"].contains(&case["form"].as_str().unwrap());
        assert_eq!(verdict, Verdict::Match { outdated: !todays }, "{case}");
    }
}

#[test]
fn a_hash_that_asks_for_too_much_is_refused_before_any_work() {
    let salt = "c2l4dGVlbiBieXRlIHNsdA";
    let hash = "c2l4dGVlbiBieXRlIHNsdHNpeHRlZW4gYnl0ZSBzbHQ";
    for stored in [
        format!("$argon2id$v=19$m=4194304,t=2,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=1024,t=4000000,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=262144,t=1,p=1000${salt}${hash}"),
        format!("$scrypt$ln=30,r=8,p=1${salt}${hash}"),
        format!("$scrypt$ln=20,r=4000000,p=1${salt}${hash}"),
        format!("$scrypt$ln=10,r=8,p=100000${salt}${hash}"),
        format!("$pbkdf2-sha256$i=4000000000${salt}${hash}"),
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
    ] {
        assert_eq!(
            verify(&stored, b"x", CHEAP, &mut Memory::default()),
            Err(Unusable::TooCostly),
            "{stored}"
        );
    }
}

#[test]
fn a_fast_hash_is_only_ever_the_password_of_a_slow_one() {
    let entropy = SeededEntropy::new(1);
    let mut memory = Memory::default();
    for (function, value) in [
        ("md5", "52f36768c11844771e5f7ff576e2dba2"),
        ("sha1", "d11dc5896bf42fb4320130682b5909d363bf770b"),
        ("sha256", "869a1fa0609a1d15a5c3eb891428b7a6c8395b2ee10c4762e97ffca0ebe8c0b5"),
    ] {
        let how = Fast::of(function, b"pepper", true).unwrap();
        let bare = Bare::of(how, HEXLOWER.decode(value.as_bytes()).unwrap()).unwrap();
        assert_eq!(Bare::parse(&bare.to_text()), Some(bare.clone()));
        let inner = hash(bare.inner().as_bytes(), CHEAP, &mut memory, &entropy).unwrap();
        let kept = bare.how.around(&inner);
        assert!(!kept.contains(value) && usable(&kept).is_ok());
        let mut verdict = |password: &[u8]| verify(&kept, password, CHEAP, &mut memory);
        assert_eq!(verdict(b"correct horse"), Ok(Verdict::Match { outdated: true }), "{function}");
        for wrong in [&b"Correct horse"[..], b"", value.as_bytes()] {
            assert_eq!(verdict(wrong), Ok(Verdict::Mismatch), "{function}");
        }
        // What is bare is no hash that can be kept, and only argon2id is put around one.
        let bcrypt = "$2b$10$nFguVi9LsCAcvTZFKQlRKeLVydo8ETv483lkNsSFI/Wl1Rz1Ypo1K";
        for kept in [bare.to_text(), bare.how.around(bcrypt), bare.how.around(&kept), bare.how.around("")] {
            assert_eq!(usable(&kept), Err(Unusable::Malformed), "{kept}");
        }
        let dear = bare.how.around(&inner.replace("m=64", "m=4194304"));
        assert_eq!(usable(&dear), Err(Unusable::TooCostly));
    }
    assert!(Bare::of(Fast::of("md5", b"", true).unwrap(), vec![0; 20]).is_none());
    assert!(Fast::of("crc32", b"", true).is_none());
}

#[test]
fn a_hash_of_no_length_matches_nothing() {
    for stored in [
        "$argon2id$v=19$m=64,t=1,p=1$c2l4dGVlbiBieXRlIHNsdA$",
        "$pbkdf2-sha256$i=1$c2FsdA$",
        "$pbkdf2-sha256$i=0$c2FsdA$c2l4dGVlbiBieXRlIHNsdA",
        "",
    ] {
        assert_eq!(verify(stored, b"", CHEAP, &mut Memory::default()), Err(Unusable::Malformed), "{stored}");
    }
}

proptest! {
    #[test]
    fn no_text_upsets_it(text in "(\\$|argon2|id|2b|scrypt|pbkdf2|_sha256|-sha256|v=19|m=64|t=1|p=1|ln=4|r=1|i=9|,|[A-Za-z0-9+/.]{0,30}){0,12}") {
        let _ = verify(&text, b"x", CHEAP, &mut Memory::default());
    }
}
