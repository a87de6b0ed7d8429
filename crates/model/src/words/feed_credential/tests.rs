use super::*;

fn credential() -> FeedCredential {
    FeedCredential { kid: 3, service: ServiceId::from_bytes([5; 16]), key: Secret::new([9; 32]) }
}

#[test]
fn there_and_back() {
    let text = credential().to_text();
    let read = FeedCredential::parse(text.expose()).unwrap();
    assert_eq!((read.kid, read.service, read.key.expose()), (3, ServiceId::from_bytes([5; 16]), &[9; 32]));
    assert!(text.expose().starts_with("cks_") && text.expose().len() == 72);
}

#[test]
fn only_the_one_form() {
    let text = credential().to_text();
    let text = text.expose();
    let without = text.strip_prefix("cks_").unwrap();
    for wrong in [
        "",
        "cks_",
        without,
        &format!("ckt_{without}"),
        &format!("{text}="),
        &format!("{text}A"),
        &text[..71],
        &text.replacen("AQ", "Ag", 1),
    ] {
        assert!(FeedCredential::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn it_is_not_printed() {
    assert!(!format!("{:?}", credential()).contains('9'));
}
