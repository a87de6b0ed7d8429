use super::*;

#[test]
fn golden_vectors() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../vectors/tickets.json")).unwrap();
    for case in vectors["accepted"].as_array().unwrap() {
        let ticket = Ticket::parse(case["text"].as_str().unwrap()).unwrap();
        let hex: String = ticket.expose().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, case["hex"].as_str().unwrap());
        assert_eq!(ticket.to_text().expose(), case["text"].as_str().unwrap());
    }
    for case in vectors["refused"].as_array().unwrap() {
        assert!(Ticket::parse(case["text"].as_str().unwrap()).is_err(), "{case}");
    }
}

#[test]
fn is_as_long_as_it_says_and_debug_tells_nothing() {
    let ticket = Ticket::of(Secret::new([1; 32]));
    assert_eq!(ticket.to_text().expose().len(), Ticket::TEXT_LENGTH);
    assert_eq!(format!("{ticket:?}"), "Ticket(Secret(..))");
}
