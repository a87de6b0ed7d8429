use super::record_mac;
use crate::root_key::{drawn, system_entropy};

#[test]
fn a_record_is_ours_under_the_key_it_was_written_with_and_nowhere_else() {
    let entropy = system_entropy().unwrap();
    let ring = drawn(&*entropy).unwrap();
    let old = record_mac(&ring).unwrap();
    let parts: [&[u8]; 3] = [b"ck:s:1", b"change", b"content"];
    let (kid, tag) = old.tag(&parts).unwrap();
    assert!(old.is_ours(kid, &parts, &tag));
    // Under a later root key what was written before is read still, and written is under the new one.
    let new = record_mac(&ring.rotated(&*entropy).unwrap()).unwrap();
    assert!(new.is_ours(kid, &parts, &tag));
    assert_ne!(new.tag(&parts).unwrap(), (kid, tag));
    for other in [
        [b"ck:s:2" as &[u8], parts[1], parts[2]],
        [parts[0], b"another", parts[2]],
        [parts[0], parts[1], b"more"],
    ] {
        assert!(!old.is_ours(kid, &other, &tag));
    }
    // Parts do not run into each other.
    assert!(!old.is_ours(kid, &[b"ck:s:1c", b"hange", b"content"], &tag));
    assert!(!old.is_ours(kid + 1, &parts, &tag));
    let stranger = record_mac(&drawn(&*entropy).unwrap()).unwrap();
    assert!(!stranger.is_ours(kid, &parts, &tag));
}
