use super::*;

fn user(number: u8) -> Vec<Value> {
    vec![Value::Bytes(vec![number; 16]), Value::Number(i64::MIN), Value::Bytes(vec![0; 300])]
}

fn written() -> Vec<u8> {
    let mut archive = ArchiveWriter::begin(Vec::new()).unwrap();
    archive.row(table("ck_user").unwrap(), &user(1)).unwrap();
    let request = [Value::Bytes(vec![7]), Value::Nothing, Value::Number(9), Value::Bytes(Vec::new())];
    archive.row(table("ck_request").unwrap(), &request).unwrap();
    let (bytes, counts) = archive.finish().unwrap();
    assert_eq!((counts.of("ck_user"), counts.of("ck_request"), counts.of("ck_event")), (1, 1, 0));
    bytes
}

#[test]
fn what_is_written_is_read() {
    let bytes = written();
    let mut archive = ArchiveReader::begin(bytes.as_slice()).unwrap();
    let (of, values) = archive.next_row().unwrap().unwrap();
    assert_eq!((of.name, values), ("ck_user", user(1)));
    let (of, values) = archive.next_row().unwrap().unwrap();
    assert_eq!((of.name, values.get(1)), ("ck_request", Some(&Value::Nothing)));
    assert_eq!((archive.next_row().unwrap(), archive.next_row().unwrap()), (None, None));
    assert_eq!(verify(bytes.as_slice()).unwrap().of("ck_user"), 1);
}

#[test]
fn no_byte_can_be_another() {
    let bytes = written();
    for at in 0..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 0x10;
        assert!(verify(other.as_slice()).is_err(), "byte {at}");
        assert!(verify(&bytes[..at]).is_err(), "cut at {at}");
    }
    assert!(verify([bytes.as_slice(), &[0]].concat().as_slice()).is_err(), "something behind it");
    assert!(matches!(verify(&b"SQLite format 3\0 and so on"[..]), Err(NoArchive::Other)));
}

#[test]
fn a_row_is_of_its_table() {
    let mut archive = ArchiveWriter::begin(Vec::new()).unwrap();
    let users = table("ck_user").unwrap();
    assert!(archive.row(users, &user(1)[..2]).is_err());
    assert!(archive.row(users, &[Value::Number(1), Value::Number(1), Value::Number(1)]).is_err());
}

#[test]
fn every_table_of_the_schema_is_taken_along() {
    let all = crate::sql::SQLITE.iter().map(|step| step.sql).collect::<String>();
    for text in [all, crate::sql::POSTGRES.iter().map(|step| step.sql).collect()] {
        for made in text.split("CREATE TABLE ").skip(1) {
            let (name, columns) = made.split_once(" (").unwrap();
            // How far the schema is, and who uses it, is every store's own.
            if ["ck_meta", "ck_server"].contains(&name) {
                continue;
            }
            let known = table(name).unwrap_or_else(|| panic!("{name} stays behind"));
            let lines = columns.split(')').next().unwrap().lines().map(str::trim);
            let of = |line: &str| line.split(' ').next().unwrap().replace("person", "user");
            let written: Vec<_> = lines
                .filter(|line| !line.is_empty() && !line.starts_with("--"))
                .map(of)
                .filter(|name| !["PRIMARY", "UNIQUE"].contains(&name.as_str()))
                .collect();
            let named: Vec<_> = known.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(named, written, "{name}");
        }
    }
}
