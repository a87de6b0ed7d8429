use super::*;
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
