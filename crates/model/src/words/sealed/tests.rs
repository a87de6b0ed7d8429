use super::*;

#[test]
fn there_and_back() {
    let sealed = Sealed { kid: 0x0102, nonce: [3; 12], ciphertext: &[4; 20] };
    let bytes = sealed.to_bytes();
    assert_eq!(bytes[..4], [1, 1, 2, 3]);
    assert_eq!(Sealed::parse(&bytes), Ok(sealed));
}

#[test]
fn short_and_of_another_version_are_refused() {
    let bytes = Sealed { kid: 1, nonce: [3; 12], ciphertext: &[4; 16] }.to_bytes();
    assert!(Sealed::parse(&bytes).is_ok());
    assert_eq!(Sealed::parse(&bytes[..bytes.len() - 1]), Err(Malformed));
    let mut other = bytes;
    other[0] = 2;
    assert_eq!(Sealed::parse(&other), Err(Malformed));
}
