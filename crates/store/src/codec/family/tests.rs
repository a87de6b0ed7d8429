use super::*;

fn full() -> Family {
    Family {
        id: FamilyId::from_bytes([5; 16]),
        shard: Shard::of([0x0a, 0xbc]),
        client: ClientId::from_bytes([6; 16]),
        client_generation: 300,
        session: SessionId::from_bytes([7; 16]),
        ticket: 4,
        scope: ["notes:read", "notes:write"].map(|scope| scope.parse().unwrap()).to_vec(),
        audience: vec!["https://api.example".parse().unwrap()],
        bound_to: Some([0xb0; 32]),
        salt: [0x5a; 16],
        generation: 70_000,
        previous: Some(69_999),
        kid: 3,
        rotated: Time::from_millis(1_790_000_000_001),
        forked: true,
        overtaken: Some(Overtaken { from: 3, below: 300, at: Time::from_millis(1_790_000_000_009) }),
        doubted: Some(Time::from_millis(1_790_000_000_002)),
        created: Time::from_millis(1_790_000_000_003),
        last_used: Time::from_millis(1_790_000_000_004),
        idle: Span::days(14),
        absolute: Time::from_millis(1_792_592_000_000),
    }
}

fn bare() -> Family {
    let (scope, audience) = (Vec::new(), Vec::new());
    Family {
        scope,
        audience,
        bound_to: None,
        previous: None,
        forked: false,
        overtaken: None,
        doubted: None,
        ..full()
    }
}

fn golden() -> Vec<Vec<u8>> {
    let text = include_str!("../../../../../vectors/family-records.txt");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let byte = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    lines.map(|line| line.as_bytes().chunks(2).map(byte).collect()).collect()
}

/// What a release has written, every later one reads.
#[test]
fn golden_records() {
    let golden = golden();
    for (family, record) in [full(), bare()].iter().zip(&golden) {
        assert_eq!(&encode_family(family), record);
        assert_eq!(decode_family(record).as_ref(), Ok(family));
    }
    assert_eq!(golden.len(), 2);
}

#[test]
fn what_is_cut_short_or_too_long_is_no_record() {
    let record = encode_family(&full());
    for length in 0..record.len() {
        assert_eq!(decode_family(&record[..length]), Err(Malformed), "{length}");
    }
    assert_eq!(decode_family(&[&record[..], &[0]].concat()), Err(Malformed));
    assert_eq!(decode_family(&[&[b'C', b'K', 2, 2][..], &record[4..]].concat()), Err(Malformed));
}
