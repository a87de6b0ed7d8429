use super::*;
use crate::ports::doubles::SeededEntropy;
use crate::words::text::base64url;

#[test]
fn there_and_back_for_every_kind_and_no_kind_reads_another() {
    let entropy = SeededEntropy::new(1);
    let now = Time::from_millis(1_790_000_000_000);
    let session = SessionId::draw(now, &entropy).unwrap();
    let user = UserId::draw(now, &entropy).unwrap();
    assert_eq!(session.to_string().parse(), Ok(session));
    assert_eq!(user.to_string().parse(), Ok(user));
    assert_eq!(session.to_string().parse::<UserId>(), Err(Malformed));
    assert_eq!(SessionId::from_bytes(session.to_bytes()), session);
    assert_eq!(session.to_string().len(), 30);
}

#[test]
fn is_a_version_7_uuid_with_its_time() {
    let now = Time::from_millis(0x0123_4567_89ab);
    let bytes = SessionId::draw(now, &SeededEntropy::new(1)).unwrap().to_bytes();
    assert_eq!(&bytes[..6], &[0x01, 0x23, 0x45, 0x67, 0x89, 0xab]);
    assert_eq!(bytes[6] >> 4, 7, "{}", base64url(&bytes));
    assert_eq!(bytes[8] >> 6, 0b10);
}

#[test]
fn malformed_ids_are_refused() {
    for text in ["", "ses_", "ses_0", "SES_00000000000000000000000000", "ses_00000000000000000000000000 "] {
        assert_eq!(text.parse::<SessionId>(), Err(Malformed), "{text:?}");
    }
}
