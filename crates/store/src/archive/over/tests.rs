use super::*;
use crate::archive::table;

fn fact(key: &FactKey, at_least: i64) -> Line {
    let number = Value::Number;
    let values = vec![Value::Bytes(key.to_bytes()), number(at_least), number(0), number(1), number(1)];
    (table("ck_fact").unwrap(), values)
}

fn session(id: u8, parent: Option<u8>) -> Line {
    let mut values = vec![Value::Nothing; table("ck_session").unwrap().columns.len()];
    values[1] = Value::Bytes(vec![id; 16]);
    values[3] = parent.map_or(Value::Nothing, |parent| Value::Bytes(vec![parent; 16]));
    (table("ck_session").unwrap(), values)
}

#[test]
fn what_a_fact_has_ended_is_over_with_what_hangs_from_it() {
    let id = |number| SessionId::from_bytes([number; 16]);
    let mut over = Over::default();
    over.note(&fact(&FactKey::Session(id(1)), i64::MAX));
    over.note(&fact(&FactKey::Epoch, 7));
    for (line, is_over) in [(session(1, None), true), (session(2, Some(1)), true), (session(3, None), false)]
    {
        assert_eq!(over.has_ended(&line), is_over);
    }
    assert!(!over.has_ended(&fact(&FactKey::Session(id(1)), 1)), "it is a fact itself");
}
