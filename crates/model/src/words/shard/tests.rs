use super::*;

#[test]
fn is_twelve_bits() {
    assert_eq!(Shard::of([0xff, 0xff]).to_bytes(), [0x0f, 0xff]);
    assert_eq!(Shard::from_bytes([0x0f, 0xff]), Some(Shard::of([0xff, 0xff])));
    assert_eq!(Shard::from_bytes([0x10, 0x00]), None);
}
