use super::*;

#[test]
fn parts_are_framed() {
    assert_ne!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"a", b"bc"]));
    assert_ne!(Digest::of(&[b"ab"]), Digest::of(&[b"ab", b""]));
}

#[test]
fn is_plain_sha_256_of_the_framed_parts() {
    // printf '\0\0\0\0\0\0\0\3abc' | sha256sum
    let hex: String = Digest::of(&[b"abc"]).0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "c3494ca1a2cf8eeb8a11ded316fb55b83c3bbbedb6313cd50415251e5d09e12f");
}

#[test]
fn a_look_up_digest_is_not_printed() {
    assert_eq!(format!("{:?}", LookUp([7; 32])), "LookUp(..)");
}
