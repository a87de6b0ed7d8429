use super::*;
use crate::ports::doubles::{NoEntropyAtAll, SeededEntropy};

#[test]
fn an_id_is_a_version_7_uuid_with_its_time() {
    let now = Time::from_millis(0x0123_4567_89ab);
    let bytes = SessionId::draw(now, &SeededEntropy::new(1)).unwrap().to_bytes();
    assert_eq!(&bytes[..6], &[0x01, 0x23, 0x45, 0x67, 0x89, 0xab]);
    assert_eq!((bytes[6] >> 4, bytes[8] >> 6), (7, 0b10));
}

#[test]
fn a_ticket_carries_its_shard_and_thirty_bytes_that_differ() {
    let entropy = SeededEntropy::new(7);
    let draw = || *Ticket::draw(Shard::of([0x0a, 0xbc]), &entropy).unwrap().expose();
    let (one, other) = (draw(), draw());
    assert_eq!((&one[..2], &other[..2]), (&[0x0a, 0xbc][..], &[0x0a, 0xbc][..]));
    assert!(one[2..].iter().zip(&other[2..]).filter(|(a, b)| a == b).count() < 8);
}

#[test]
fn no_entropy_no_ticket_and_no_id() {
    assert!(Ticket::draw(Shard::of([0, 0]), &NoEntropyAtAll).is_err());
    assert!(Ticket::draw_anonymous(&NoEntropyAtAll).is_err());
    assert!(SessionId::draw(Time::from_millis(0), &NoEntropyAtAll).is_err());
}
