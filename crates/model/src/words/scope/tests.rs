use super::*;

#[test]
fn a_scope_is_one_word_that_needs_no_quoting() {
    for good in ["notes:read", "a", "https://api.example/x", &"s".repeat(64)] {
        assert_eq!(good.parse::<Scope>().unwrap().as_str(), good);
    }
    for bad in ["", "two words", "quote\"d", "back\\slash", "n\u{f6}tig", "tab\t", &"s".repeat(65)] {
        assert_eq!(bad.parse::<Scope>(), Err(Malformed), "{bad}");
    }
    assert!("s".repeat(65).parse::<Audience>().is_ok() && "s".repeat(257).parse::<Audience>().is_err());
}
