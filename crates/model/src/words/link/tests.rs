use super::*;

#[test]
fn a_link_has_one_spelling_and_does_not_print() -> Result<(), Malformed> {
    let text = format!("ckl_{}", base64url(&[7; 32]));
    let link = Link::parse(&text)?;
    assert_eq!(link.expose(), &[7; 32]);
    assert_eq!(link.to_text().expose(), &text);
    assert!(!format!("{link:?}").contains(text.trim_start_matches("ckl_")));
    for other in ["", "ckl_", &text[..46], &format!("{text}A"), &text.replace("ckl_", "ckt_")] {
        assert!(Link::parse(other).is_err(), "{other}");
    }
    Ok(())
}
