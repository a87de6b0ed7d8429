use super::*;

#[test]
fn golden_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../vectors/refresh.json")).unwrap();
    for case in vectors["accepted"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let token = RefreshToken::parse(text).unwrap();
        assert_eq!(u64::from(token.kid), case["kid"].as_u64().unwrap());
        assert_eq!(u64::from(u16::from_be_bytes(token.shard.to_bytes())), case["shard"].as_u64().unwrap());
        assert_eq!(token.family.to_string(), case["family"].as_str().unwrap());
        assert_eq!(u64::from(token.generation), case["generation"].as_u64().unwrap());
        assert_eq!(token.to_text(), text);
    }
    for case in vectors["refused"].as_array().unwrap() {
        assert!(RefreshToken::parse(case["text"].as_str().unwrap()).is_err(), "{case}");
    }
}

#[test]
fn debug_shows_no_mac() {
    let token = RefreshToken {
        kid: 1,
        shard: Shard::of([0, 1]),
        family: FamilyId::from_bytes([3; 16]),
        generation: 9,
        mac: [0xaa; 16],
    };
    assert!(!format!("{token:?}").contains("170"));
}
