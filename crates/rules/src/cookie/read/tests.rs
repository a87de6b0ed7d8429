use super::*;
use proptest::prelude::*;

fn found<'a>(headers: &[&'a str], name: &str) -> Found<'a> {
    one(headers.iter().map(|header| header.as_bytes()), name)
}

#[test]
fn read_as_browsers_write() {
    for (headers, expected) in [
        (&[][..], Found::Nothing),
        (&["a=1"][..], Found::One(b"1")),
        (&["b=2; a=1; c=3"], Found::One(b"1")),
        (&["b=2;a=1\t; c=3"], Found::One(b"1")),
        (&["b=2", "a=1"], Found::One(b"1")),
        (&["a="], Found::One(b"")),
        (&["a==1="], Found::One(b"=1=")),
        (&["a"], Found::Nothing),
        (&["aa=1; A=1; xa=1; a =1"], Found::Nothing),
        (&["b=\"; a=1; \""], Found::One(b"1")),
        (&["b=\"a=1\""], Found::Nothing),
        (&["%61=1; $Version=1"], Found::Nothing),
        (&["a=1; a=1"], Found::Several),
        (&["a=1", "a=2"], Found::Several),
    ] {
        assert_eq!(found(headers, "a"), expected, "{headers:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_it(headers: Vec<Vec<u8>>, name in "[a-z_]{1,8}") {
        let _ = one(headers.iter().map(Vec::as_slice), &name);
    }

    #[test]
    fn what_is_written_is_read(others in prop::collection::vec(("[a-m]{1,5}", "[a-z0-9]{0,5}"), 0..5), value in "[A-Za-z0-9_-]{0,40}") {
        let mut pairs: Vec<String> = others.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.push(format!("ticket={value}"));
        let header = pairs.join("; ");
        prop_assert_eq!(found(&[&header], "ticket"), Found::One(value.as_bytes()));
    }
}
