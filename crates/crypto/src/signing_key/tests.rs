use super::*;

const PAIRS: [PairAlg; 5] =
    [PairAlg::Es256, PairAlg::EdDsa, PairAlg::Ed25519, PairAlg::Ps256, PairAlg::Rs256];

#[test]
fn what_is_sealed_comes_back_the_same_key() {
    for alg in PAIRS {
        let key = SigningKey::draw(alg).unwrap();
        let again = SigningKey::from_private_bytes(&key.to_private_bytes().unwrap()).unwrap();
        assert_eq!(again.alg(), Alg::from(alg));
        assert_eq!(again.public("k").unwrap(), key.public("k").unwrap());
        let signature = again.sign(b"text").unwrap();
        assert!(key.verifying("k").unwrap().is_signed(b"text", &signature));
        assert!(!key.verifying("k").unwrap().is_signed(b"another", &signature));
    }
}

#[test]
fn signing_takes_3072_bits() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let bytes = Secret::new([&b"PS256\0"[..], der.as_ref()].concat());
    assert!(SigningKey::from_private_bytes(&bytes).is_err());
    let long = SigningKey::draw(PairAlg::Ps256).unwrap();
    assert!(matches!(long.public("k").unwrap().material(), Material::Rsa { n, .. } if n.len() == 384));
}

#[test]
fn bytes_of_another_kind_are_no_key() {
    let es256 = SigningKey::draw(PairAlg::Es256).unwrap().to_private_bytes().unwrap();
    let der = es256.expose().split_at(6).1;
    for name in ["EdDSA", "PS256", "RS256", "HS256", "none", "ES384", ""] {
        let bytes = Secret::new([name.as_bytes(), &[0], der].concat());
        assert!(SigningKey::from_private_bytes(&bytes).is_err(), "{name}");
    }
    assert!(SigningKey::from_private_bytes(&Secret::new(b"ES256".to_vec())).is_err());
}

#[test]
fn nothing_private_is_printed_or_published() {
    for alg in PAIRS {
        let key = SigningKey::draw(alg).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", Alg::from(alg)));
        let object = key.public("k").unwrap().to_object();
        let names: Vec<_> = object.keys().map(String::as_str).collect();
        let allowed = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
        assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
        let (private, public) = (key.to_private_bytes().unwrap(), format!("{object:?}"));
        let text = cloakroom_model::words::text::base64url(private.expose());
        assert!(!public.contains(&text[text.len() - 40..]));
    }
    assert!(SigningKey::shared(&Secret::new(vec![1; 32])).unwrap().public("k").is_err());
    assert!(SigningKey::shared(&Secret::new(vec![1; 32])).unwrap().to_private_bytes().is_err());
}
