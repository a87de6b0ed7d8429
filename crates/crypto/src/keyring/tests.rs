use super::*;
use cloakroom_model::ports::doubles::{NoEntropyAtAll, SeededEntropy};

fn ring() -> KeyRing {
    KeyRing::draw(&SeededEntropy::new(1)).unwrap()
}

#[test]
fn what_an_earlier_key_made_stays_good_until_the_key_is_gone() {
    let entropy = SeededEntropy::new(2);
    let old = ring();
    let ticket = Ticket::draw_anonymous(&entropy).unwrap();
    let digest = old.look_up(1, &ticket);
    let sealed = old.seal(&[b"place"], b"plain", &entropy).unwrap();
    let signed = old.sign(&[b"place"], b"plain").unwrap();

    let new = old.rotated(&entropy).unwrap();
    assert_eq!((new.active(), new.kids().collect::<Vec<_>>()), (2, vec![2, 1]));
    assert_eq!(new.look_up(1, &ticket), digest);
    assert_ne!(new.look_up(2, &ticket), digest);
    assert_eq!(new.open(&[b"place"], &sealed).unwrap().expose(), b"plain");
    assert_eq!(new.open_signed(&[b"place"], &signed), Ok(&b"plain"[..]));
    assert_eq!(Signed::parse(&new.sign(&[], b"x").unwrap()).unwrap().kid, 2);
    assert_eq!(Sealed::parse(&new.seal(&[], b"x", &entropy).unwrap()).unwrap().kid, 2);

    let cut = new.without_earlier_than(2);
    assert_eq!(cut.look_up(1, &ticket), None);
    assert_eq!(cut.open(&[b"place"], &sealed).err(), Some(Tampered));
    assert_eq!(cut.open_signed(&[b"place"], &signed), Err(Tampered));
    assert_eq!(cut.without_earlier_than(9).active(), 2);
}

#[test]
fn cookies_and_rest_have_keys_of_their_own() {
    let entropy = SeededEntropy::new(2);
    let sealed = ring().seal(&[], b"x", &entropy).unwrap();
    assert!(ring().open(&[], &sealed).is_ok());
    assert_eq!(ring().open_at_rest(&[], &sealed).err(), Some(Tampered));
}

#[test]
fn the_file_comes_back_and_bad_files_name_their_line() {
    let entropy = SeededEntropy::new(2);
    let ring = ring().rotated(&entropy).unwrap();
    let read = KeyRing::from_text(ring.to_text().expose()).unwrap();
    assert_eq!(read.check_value(1), ring.check_value(1));
    assert_eq!(read.check_value(2), ring.check_value(2));
    assert_ne!(read.check_value(1), read.check_value(2));

    let key = "A".repeat(43);
    for (text, error) in [
        (String::new(), RingError::Line(1)),
        ("cloakroom-root-keys/2\n".to_owned(), RingError::Line(1)),
        (format!("{FIRST_LINE}\n"), RingError::Empty),
        (format!("{FIRST_LINE}\n1 {key}\n1 {key}\n"), RingError::Twice(1)),
        (format!("{FIRST_LINE}\n1 {key}\n2 short\n"), RingError::Line(3)),
        (format!("{FIRST_LINE}\n0 {key}\n"), RingError::Line(2)),
        (format!("{FIRST_LINE}\n01 {key}\n"), RingError::Line(2)),
        (format!("{FIRST_LINE}\n70000 {key}\n"), RingError::Line(2)),
    ] {
        assert_eq!(KeyRing::from_text(&text).err(), Some(error), "{text:?}");
    }
}

#[test]
fn a_subject_keeps_its_shard_and_subjects_spread() {
    let ring = ring();
    let shard = |name: String| ring.shard(&name.parse().unwrap()).unwrap();
    assert_eq!(shard("anna".to_owned()), shard("anna".to_owned()));
    let distinct: std::collections::BTreeSet<_> = (0..500).map(|n| shard(format!("user-{n}"))).collect();
    assert!(distinct.len() > 400);
}

#[test]
fn no_entropy_no_ring_and_debug_tells_no_key() {
    assert!(KeyRing::draw(&NoEntropyAtAll).is_err());
    let ring = ring();
    let text = ring.to_text();
    let key = text.expose().lines().nth(1).unwrap().split(' ').nth(1).unwrap().to_owned();
    assert!(!format!("{ring:?}").contains(&key));
}

#[test]
fn a_feed_credential_is_computed_again_and_belongs_to_one_service_and_one_root_key() {
    let ring = ring().rotated(&SeededEntropy::new(2)).unwrap();
    let of = |kid, service: u8| ring.feed_credential(kid, ServiceId::from_bytes([service; 16])).unwrap();
    assert_eq!(of(2, 1).key.expose(), of(2, 1).key.expose());
    assert_ne!(of(2, 1).key.expose(), of(2, 2).key.expose());
    assert_ne!(of(2, 1).key.expose(), of(1, 1).key.expose());
    assert!(ring.feed_credential(3, ServiceId::from_bytes([1; 16])).is_err());
}
