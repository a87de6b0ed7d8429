use super::members::Item;
use super::*;

#[test]
fn a_member_that_stands_twice_is_refused_at_any_depth() {
    for (text, is_good) in [
        (r#"{"a":1,"b":{"a":2}}"#, true),
        (r#"{"a":1,"a":1}"#, false),
        (r#"{"a":1,"\u0061":2}"#, false),
        (r#"{"x":{"a":1,"a":2}}"#, false),
        (r#"{"x":[{"a":1,"a":2}]}"#, false),
        (r#"{"a":1,"A":1}"#, true),
    ] {
        assert_eq!(object(text.as_bytes()).is_ok(), is_good, "{text}");
    }
}

#[test]
fn only_one_object_and_nothing_behind_it() {
    for text in ["", "[]", "1", "null", "{}x", "{} {}", "{\"a\":}", "{'a':1}", "{\"a\":1,}", "\u{feff}{}"] {
        assert_eq!(object(text.as_bytes()), Err(Malformed), "{text}");
    }
    assert!(object(b" {\r\n} ").is_ok());
    assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(Malformed));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(object(nested(15).as_bytes()).is_ok());
    assert_eq!(object(nested(16).as_bytes()), Err(Malformed));
    assert_eq!(object(nested(100_000).as_bytes()), Err(Malformed));
}

#[test]
fn dates_are_numbers() {
    let of = |text: &str| {
        Members::parse(format!("{{\"d\":{text}}}").as_bytes()).unwrap().get("d").unwrap().as_date()
    };
    assert_eq!(of("1790000000"), Some(Time::from_millis(1_790_000_000_000)));
    assert_eq!(of("1790000000.5"), Some(Time::from_millis(1_790_000_000_500)));
    assert_eq!(of("1.79e9"), Some(Time::from_millis(1_790_000_000_000)));
    for not_a_date in ["\"1790000000\"", "true", "null", "[1]", "-1", "1e300", "9007199254740993000", "{}"] {
        assert_eq!(of(not_a_date), None, "{not_a_date}");
    }
}

#[test]
fn what_is_read_is_what_stands_there() {
    let text = r#"{"b":[1,-2,1.5,true,null,"x\n\u00e4",{}],"a":{"c":""},"é":18446744073709551615}"#;
    assert_eq!(Value::Object(object(text.as_bytes()).unwrap()), serde_json::from_str::<Value>(text).unwrap());
}

#[test]
fn names_that_begin_alike_are_told_apart() {
    let text = r#"{"long_name_a":1,"long_name_b":2,"long_nam":3,"":4}"#;
    let members = Members::parse(text.as_bytes()).unwrap();
    for (name, value) in
        [("long_name_a", Some(1)), ("long_name_b", Some(2)), ("", Some(4)), ("long_name_c", None)]
    {
        assert_eq!(members.get(name).and_then(Item::as_u64), value, "{name}");
    }
    assert_eq!(object(br#"{"long_name_a":1,"long_name_b":2,"long_name_a":3}"#), Err(Malformed));
}

#[test]
fn members_are_counted() {
    let of = |count: usize| {
        let members: Vec<_> = (0..count).map(|number| format!("\"{number}\":0")).collect();
        object(format!("{{{}}}", members.join(",")).as_bytes())
    };
    assert_eq!(of(256).map(|object| object.len()), Ok(256));
    assert_eq!(of(257), Err(Malformed));
}
