use super::*;

#[test]
fn every_kind_is_told_from_every_other() {
    for kind in SecretKind::ALL {
        assert_eq!(SecretKind::of(&format!("{}abc", kind.prefix())), Some(kind));
    }
    for text in ["", "ckt", "CKT_abc", "ckx_abc", " ckt_abc"] {
        assert_eq!(SecretKind::of(text), None, "{text:?}");
    }
}
