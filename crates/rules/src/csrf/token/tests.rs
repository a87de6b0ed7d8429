use super::*;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};
use proptest::prelude::*;

fn ring() -> KeyRing {
    KeyRing::draw(&SeededEntropy::new(1)).unwrap()
}

fn origin() -> WebOrigin {
    "https://app.example.com".parse().unwrap()
}

fn session(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

/// Invariant 13, the pure part: whose it is, for which count, on which origin.
#[test]
fn a_token_is_good_for_its_own_session_only() {
    let (ring, entropy) = (ring(), SeededEntropy::new(2));
    let token = issue(&ring, &origin(), Bearer::Session(session(1), 5), &entropy).unwrap();
    let elsewhere = "https://other.example.com".parse().unwrap();
    for (origin, session, count, good) in [
        (&origin(), session(1), 5, true),
        (&origin(), session(1), 6, true),
        (&origin(), session(1), 7, false),
        (&origin(), session(1), 4, false),
        (&origin(), session(2), 5, false),
        (&elsewhere, session(1), 5, false),
    ] {
        let bearer = Bearer::Session(session, count);
        assert_eq!(is_good(&ring, origin, bearer, &token), good, "{session:?} {count}");
    }
    assert!(!is_good(&ring, &origin(), Bearer::Visitor(b"pre"), &token), "a session's is no visitor's");
}

#[test]
fn a_visitors_token_is_good_for_its_browser_only() {
    let (ring, entropy) = (ring(), SeededEntropy::new(2));
    let token = issue(&ring, &origin(), Bearer::Visitor(b"one"), &entropy).unwrap();
    assert!(is_good(&ring, &origin(), Bearer::Visitor(b"one"), &token));
    assert!(!is_good(&ring, &origin(), Bearer::Visitor(b"other"), &token));
    assert!(!is_good(&ring, &origin(), Bearer::Session(session(1), 0), &token));
    let elsewhere = "https://other.example.com".parse().unwrap();
    assert!(!is_good(&ring, &elsewhere, Bearer::Visitor(b"one"), &token));
}

#[test]
fn every_page_has_another_text() {
    let (ring, entropy) = (ring(), SeededEntropy::new(2));
    for bearer in [Bearer::Session(session(1), 0), Bearer::Visitor(b"pre")] {
        let texts = [0; 8].map(|_| issue(&ring, &origin(), bearer, &entropy).unwrap());
        assert!(texts.iter().enumerate().all(|(at, text)| !texts.iter().take(at).any(|other| other == text)));
        assert!(texts.iter().all(|text| is_good(&ring, &origin(), bearer, text)));
    }
}

#[test]
fn tokens_outlive_a_rotation_of_the_root_key_and_end_with_their_key() {
    let entropy = SeededEntropy::new(2);
    for bearer in [Bearer::Session(session(1), 3), Bearer::Visitor(b"pre")] {
        let token = issue(&ring(), &origin(), bearer, &entropy).unwrap();
        let rotated = ring().rotated(&entropy).unwrap();
        assert!(is_good(&rotated, &origin(), bearer, &token));
        assert!(!is_good(&rotated.without_earlier_than(2), &origin(), bearer, &token));
    }
}

#[test]
fn no_entropy_no_token() {
    assert_eq!(issue(&ring(), &origin(), Bearer::Visitor(b"pre"), &NoEntropyAtAll), Err(NoToken));
}

proptest! {
    #[test]
    fn no_text_upsets_it(text in ".{0,120}") {
        prop_assert!(!is_good(&ring(), &origin(), Bearer::Session(session(1), 1), &text));
        prop_assert!(!is_good(&ring(), &origin(), Bearer::Visitor(b"pre"), &text));
    }

    #[test]
    fn a_changed_token_is_no_token(at in 0usize..86, with in "[A-Za-z0-9_-]") {
        for bearer in [Bearer::Session(session(1), 1), Bearer::Visitor(b"pre")] {
            let token = issue(&ring(), &origin(), bearer, &SeededEntropy::new(3)).unwrap();
            let mut changed: Vec<char> = token.chars().collect();
            let place = at % changed.len();
            changed[place] = with.chars().next().unwrap();
            let changed: String = changed.into_iter().collect();
            prop_assert!(changed == token || !is_good(&ring(), &origin(), bearer, &changed));
        }
    }
}
