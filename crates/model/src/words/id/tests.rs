use super::*;

#[test]
fn there_and_back_for_every_kind_and_no_kind_reads_another() {
    let session = SessionId::from_bytes([0xa7; 16]);
    let user = UserId::from_bytes([0xa7; 16]);
    assert_eq!(session.to_string().parse(), Ok(session));
    assert_eq!(user.to_string().parse(), Ok(user));
    assert_eq!(session.to_string().parse::<UserId>(), Err(Malformed));
    assert_eq!(SessionId::from_bytes(session.to_bytes()), session);
    assert_eq!(session.to_string().len(), 30);
}

#[test]
fn malformed_ids_are_refused() {
    for text in ["", "ses_", "ses_0", "SES_00000000000000000000000000", "ses_00000000000000000000000000 "] {
        assert_eq!(text.parse::<SessionId>(), Err(Malformed), "{text:?}");
    }
}
