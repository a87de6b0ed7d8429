use super::*;
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![0xc0]),
        Just(vec![0xc3]),
        any::<u8>().prop_map(|n| vec![0xcc, n]),
        any::<u64>().prop_map(|n| [&[0xcf][..], &n.to_be_bytes()].concat()),
        "[a-z]{0,31}".prop_map(|s| [&[0xa0 | s.len() as u8][..], s.as_bytes()].concat()),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(|b| [&[0xc4, b.len() as u8][..], &b].concat()),
        Just(vec![0x82, 0xa1, b'a', 0x01, 0xa1, b'b', 0x92, 0x01, 0xc2]),
        Just(vec![0xdc, 0x00, 0x02, 0x01, 0x02]),
        Just(vec![0xd4, 0x01, 0x02]),
        Just(vec![0xc7, 0x02, 0x05, 0x01, 0x02]),
    ]
}

proptest! {
    #[test]
    fn there_and_back(entries in prop::collection::btree_map("[a-z]{1,40}", value(), 0..20)) {
        let mut data = Data::default();
        for (name, value) in &entries {
            data.set(name, value).unwrap();
        }
        let read = Data::from_msgpack(data.as_msgpack()).unwrap();
        prop_assert_eq!(&read, &data);
        for (name, value) in &entries {
            prop_assert_eq!(read.value(name), Some(value.as_slice()));
        }
    }

    #[test]
    fn no_bytes_upset_it(bytes: Vec<u8>) {
        if let Ok(data) = Data::from_msgpack(&bytes) {
            let _ = Data::from_msgpack(data.as_msgpack()).unwrap();
        }
    }
}

#[test]
fn exactly_one_value_under_a_name() {
    let mut data = Data::default();
    for bad in
        [&[][..], &[0xc0, 0xc0], &[0xc1], &[0x91], &[0xdd, 0xff, 0xff, 0xff, 0xff], &[0xdb, 0, 0, 0, 9, 1]]
    {
        assert_eq!(data.set("k", bad), Err(Malformed), "{bad:02x?}");
    }
    assert_eq!(data.set(&"n".repeat(256), &[0xc0]), Err(Malformed));
    assert!(data.is_empty());
}

#[test]
fn a_name_twice_or_out_of_order_is_refused() {
    assert!(Data::from_msgpack(&[0x82, 0xa1, b'a', 1, 0xa1, b'b', 2]).is_ok());
    assert_eq!(Data::from_msgpack(&[0x82, 0xa1, b'a', 1, 0xa1, b'a', 2]), Err(Malformed));
    assert_eq!(Data::from_msgpack(&[0x82, 0xa1, b'b', 1, 0xa1, b'a', 2]), Err(Malformed));
    assert_eq!(Data::from_msgpack(&[0x80, 0xc0]), Err(Malformed));
}

#[test]
fn depth_costs_nothing() {
    let mut deep = vec![0x91; 100_000];
    deep.push(0xc0);
    Data::default().set("deep", &deep).unwrap();
}

#[test]
fn one_form_only() {
    assert!(Data::from_msgpack(&[0x80]).is_ok_and(|data| data == Data::default()));
    for other_form in [&[0xdf, 0, 0, 0, 0][..], &[0xdf, 0, 0, 0, 1, 0xa1, b'a', 1], &[0x81, 0xd9, 1, b'a', 1]]
    {
        assert_eq!(Data::from_msgpack(other_form), Err(Malformed), "{other_form:02x?}");
    }
}

#[test]
fn what_an_app_keeps_does_not_show_in_debug_output() {
    let mut data = Data::default();
    data.set("iban", b"\xa6DE4711").unwrap();
    assert_eq!(format!("{data:?}"), "Data(13 bytes)");
}
