use super::*;

#[test]
fn there_and_back() {
    for plain in [&b""[..], b"text"] {
        let signed = Signed { kid: 0x0102, plain, tag: [3; 32] };
        let bytes = signed.to_bytes();
        assert_eq!(bytes[..3], [1, 1, 2]);
        assert_eq!(Signed::parse(&bytes), Ok(signed));
    }
}

#[test]
fn short_and_of_another_version_are_refused() {
    let mut bytes = Signed { kid: 1, plain: &[], tag: [3; 32] }.to_bytes();
    assert_eq!(Signed::parse(&bytes[..bytes.len() - 1]), Err(Malformed));
    bytes[0] = 2;
    assert_eq!(Signed::parse(&bytes), Err(Malformed));
}
