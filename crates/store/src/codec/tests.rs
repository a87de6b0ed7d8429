use super::*;
use cloakroom_model::words::subject::{Group, Method};

fn full() -> Row {
    let mut data = Data::default();
    data.set("cart", &[0x92, 1, 2]).unwrap();
    data.set("theme", &[0xa4, b'd', b'a', b'r', b'k']).unwrap();
    Row {
        look_up: LookUp([0xd1; 32]),
        kid: 3,
        session: Session {
            id: SessionId::from_bytes([7; 16]),
            class: Class::Remembered,
            host: "app.example.com:8443".parse().unwrap(),
            subject: Some("anna".parse().unwrap()),
            parent: Some(SessionId::from_bytes([8; 16])),
            assurance: Some(Assurance {
                methods: ["pwd", "otp"].map(|method| method.parse::<Method>().unwrap()).to_vec(),
                at: Time::from_millis(1_790_000_000_001),
            }),
            groups: ["admin", "staff"].map(|group| group.parse::<Group>().unwrap()).to_vec(),
            generations: Generations { user: 5, epoch: 1 },
            created: Time::from_millis(1_790_000_000_002),
            last_seen: Time::from_millis(1_790_000_000_003),
            idle: Span::days(14),
            absolute: Time::from_millis(1_792_000_000_000),
            rotated: Time::from_millis(1_790_000_000_004),
            ticket: 6,
            version: 300,
            device: Device {
                label: "Firefox on Linux".into(),
                agent: "Firefox".into(),
                address: "192.0.2.0/24".into(),
            },
            binding: Some(Binding {
                address: Some("192.0.2.0/24".into()),
                agent: None,
                tls: Some("ja4".into()),
            }),
            data,
        },
    }
}

fn bare() -> Row {
    let full = full();
    let session = Session {
        class: Class::Anonymous,
        subject: None,
        parent: None,
        assurance: None,
        groups: Vec::new(),
        device: Device::default(),
        binding: None,
        data: Data::default(),
        ..full.session
    };
    Row { session, ..full }
}

#[test]
fn rows_come_back() {
    for row in [full(), bare()] {
        assert_eq!(decode_session(&encode_session(&row), row.session.last_seen), Ok(row));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes written by version 0.1.0. They must read the same for ever.
#[test]
fn golden_records() {
    let stored = include_str!("../../../../vectors/session-records.txt");
    let carried = include_str!("../../../../vectors/carried-sessions.txt");
    let golden =
        |vectors: &'static str| -> Vec<_> { vectors.lines().filter(|line| !line.starts_with('#')).collect() };
    assert_eq!(golden(stored), [full(), bare()].map(|row| hex(&encode_session(&row))));
    assert_eq!(golden(carried), [full(), bare()].map(|row| hex(&encode_carried(&row.session))));
}

#[test]
fn cut_short_left_over_or_unknown_is_refused() {
    let bytes = encode_session(&full());
    for length in 0..bytes.len() {
        assert!(decode_session(&bytes[..length], Time::MAX).is_err(), "cut at {length}");
    }
    assert!(decode_session(&[&bytes[..], &[0]].concat(), Time::MAX).is_err());
    let mut newer = bytes;
    newer[3] = 2;
    assert!(decode_session(&newer, Time::MAX).is_err());
}

#[test]
fn a_carried_session_comes_back_without_its_device() {
    for row in [full(), bare()] {
        let bytes = encode_carried(&row.session);
        let carried = Session { device: Device::default(), ..row.session };
        assert_eq!(decode_carried(&bytes), Ok(carried));
        assert!((0..bytes.len()).all(|cut| decode_carried(&bytes[..cut]).is_err()));
        assert_eq!(decode_carried(&[&bytes[..], &[0]].concat()), Err(Malformed));
    }
}

#[test]
fn who_it_is_about_is_read_without_the_rest() {
    let parented = Row { session: Session { parent: None, ..full().session }, ..full() };
    for row in [full(), bare(), parented] {
        let mut writer = Writer::default();
        write_session(&mut writer, &row.session, &Device::default());
        let (bytes, session) = (writer.finish(), row.session);
        let read = read_account(&mut Reader::new(&bytes));
        assert_eq!(read, Ok((session.subject, session.groups)));
    }
}
