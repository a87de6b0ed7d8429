use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_written_is_read(number: u64, signed: i64, bytes: Vec<u8>, text: String) {
        let mut writer = Writer::default();
        writer.number(number).signed(signed).bytes(&bytes).text(&text).byte(9);
        let written = writer.finish();
        let mut reader = Reader::new(&written);
        prop_assert_eq!(reader.number(), Ok(number));
        prop_assert_eq!(reader.signed(), Ok(signed));
        prop_assert_eq!(reader.bytes(), Ok(bytes.as_slice()));
        prop_assert_eq!(reader.text(), Ok(text.as_str()));
        prop_assert_eq!(reader.byte(), Ok(9));
        prop_assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn a_number_has_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        let mut reader = Reader::new(&bytes);
        if let (Ok(number), Ok(())) = (reader.number(), reader.end()) {
            let mut writer = Writer::default();
            writer.number(number);
            prop_assert_eq!(writer.finish(), bytes);
        }
    }
}

#[test]
fn cut_short_overlong_and_left_over_are_refused() {
    assert_eq!(Reader::new(&[0x80]).number(), Err(Malformed));
    assert_eq!(Reader::new(&[0x80, 0x00]).number(), Err(Malformed));
    assert_eq!(Reader::new(&[0xff; 10]).number(), Err(Malformed));
    assert_eq!(Reader::new(&[5, 1, 2]).bytes(), Err(Malformed));
    assert_eq!(Reader::new(&[1, 0xff]).text(), Err(Malformed));
    assert_eq!(Reader::new(&[1]).end(), Err(Malformed));
}
