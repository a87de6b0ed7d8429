use super::*;

fn one_of_each() -> Vec<FactKey> {
    vec![
        FactKey::Session(SessionId::from_bytes([1; 16])),
        FactKey::Family(FamilyId::from_bytes([2; 16])),
        FactKey::Certificate([3; 32]),
        FactKey::Service(ServiceId::from_bytes([4; 16])),
        FactKey::User("somebody".parse().unwrap()),
        FactKey::Client(ClientId::from_bytes([6; 16])),
        FactKey::Key(KeyId::from_bytes([7; 16])),
        FactKey::Epoch,
        FactKey::Version(SessionId::from_bytes([1; 16])),
    ]
}

#[test]
fn every_key_comes_back_and_none_is_another() {
    let keys = one_of_each();
    for key in &keys {
        assert_eq!(FactKey::from_bytes(&key.to_bytes()).as_ref(), Ok(key));
        assert_eq!(keys.iter().filter(|other| other.to_bytes() == key.to_bytes()).count(), 1);
    }
}

#[test]
fn malformed_keys_are_refused() {
    for bad in [&[][..], &[0], &[1, 2, 3], &[5], &[8, 0], &[10; 17], &[5, b' ']] {
        assert_eq!(FactKey::from_bytes(bad), Err(Malformed), "{bad:?}");
    }
}
