use super::*;

#[test]
fn there_and_back() {
    let greeting =
        Greeting { kid: 2, service: ServiceId::from_bytes([1; 16]), nonce: [3; 32], proof: [6; 32] };
    assert_eq!(Greeting::parse(&greeting.to_text()), Ok(greeting));
    let welcome = Welcome { nonce: [4; 32], answer: [5; 32] };
    assert_eq!(Welcome::parse(&welcome.to_text()), Ok(welcome));
    for wrong in ["", "AAAA", &welcome.to_text()] {
        assert_eq!(Greeting::parse(wrong), Err(Malformed));
    }
    assert_eq!(Welcome::parse(&greeting.to_text()), Err(Malformed));
}
