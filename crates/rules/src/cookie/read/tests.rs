use super::*;
use proptest::prelude::*;

fn values<'a>(headers: &[&'a str], name: &str) -> Vec<&'a [u8]> {
    let all = pairs(headers.iter().map(|header| header.as_bytes()));
    all.filter(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value).collect()
}

#[test]
fn read_as_browsers_write() {
    for (headers, expected) in [
        (&[][..], &[][..]),
        (&["a=1"], &["1"]),
        (&["b=2; a=1; c=3"], &["1"]),
        (&["b=2;a=1\t; c=3"], &["1"]),
        (&["b=2", "a=1"], &["1"]),
        (&["a="], &[""]),
        (&["a==1="], &["=1="]),
        (&["a"], &[]),
        (&["aa=1; A=1; xa=1; a =1"], &[]),
        (&["b=\"; a=1; \""], &["1"]),
        (&["b=\"a=1\""], &[]),
        (&["%61=1; $Version=1"], &[]),
        (&["a=1; a=1"], &["1", "1"]),
        (&["a=1", "a=2"], &["1", "2"]),
    ] {
        let expected: Vec<_> = expected.iter().map(|value| value.as_bytes()).collect();
        assert_eq!(values(headers, "a"), expected, "{headers:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_it(headers: Vec<Vec<u8>>) {
        for (name, value) in pairs(headers.iter().map(Vec::as_slice)) {
            prop_assert!(!name.contains(&b'=') && !name.contains(&b';') && !value.contains(&b';'));
        }
    }

    #[test]
    fn what_is_written_is_read(others in prop::collection::vec(("[a-m]{1,5}", "[a-z0-9]{0,5}"), 0..5), value in "[A-Za-z0-9_-]{0,40}") {
        let mut pairs: Vec<String> = others.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.push(format!("ticket={value}"));
        let header = pairs.join("; ");
        prop_assert_eq!(values(&[&header], "ticket"), vec![value.as_bytes()]);
    }
}
