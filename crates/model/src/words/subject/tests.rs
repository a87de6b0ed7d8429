use super::*;

#[test]
fn takes_visible_ascii_of_bounded_length() {
    let longest = "x".repeat(64);
    for good in ["a", "user|42", "a@b.example", longest.as_str()] {
        assert_eq!(good.parse::<SubjectId>().unwrap().as_str(), good);
    }
    let too_long = "x".repeat(65);
    for bad in ["", "a b", "a\n", "ä", "\u{7f}", too_long.as_str()] {
        assert!(bad.parse::<SubjectId>().is_err(), "{bad:?}");
    }
}
