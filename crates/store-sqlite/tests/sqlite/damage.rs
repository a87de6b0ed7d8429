//! Rows that somebody damaged are outages, not absences and not somebody else's session.

use crate::rig::open;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::data::Data;
use cloakroom_model::records::session::{Class, Device, Generations, Row, Session};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::fault::FaultKind;
use cloakroom_store::sessions::{Open, Sessions};
use tempfile::TempDir;

fn row(number: u8) -> Row {
    let now = Time::from_millis(1_790_000_000_000);
    let session = Session {
        id: SessionId::from_bytes([number; 16]),
        class: Class::Anonymous,
        host: "app.example".parse().unwrap(),
        subject: None,
        parent: None,
        assurance: None,
        groups: Vec::new(),
        generations: Generations::default(),
        created: now,
        last_seen: now,
        idle: Span::hours(1),
        absolute: now.plus(Span::hours(8)),
        rotated: now,
        ticket: 0,
        version: 1,
        device: Device::default(),
        binding: None,
        data: Data::default(),
    };
    Row { look_up: LookUp([number; 32]), kid: 1, session }
}

#[test]
fn a_record_under_another_ticket_or_cut_short_is_an_outage() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    let store = open(&database, &ManualClock::default());
    for number in [1, 2, 3] {
        let open = Open { row: row(number), at_most: None, closing: Vec::new(), family: None };
        pollster::block_on(store.open(open, &Trail::none())).unwrap();
    }
    let vandal = rusqlite::Connection::open(&database).unwrap();
    vandal
        .execute_batch(
            "UPDATE ck_session SET record = (SELECT record FROM ck_session WHERE look_up = \
               x'0202020202020202020202020202020202020202020202020202020202020202') \
               WHERE id = x'01010101010101010101010101010101';
             UPDATE ck_session SET record = substr(record, 1, 20) WHERE id = x'03030303030303030303030303030303';",
        )
        .unwrap();
    let load = |number| pollster::block_on(store.load(&LookUp([number; 32])));
    assert_eq!(load(1).unwrap_err().kind(), FaultKind::Corrupt, "another's record behind this ticket");
    assert_eq!(load(3).unwrap_err().kind(), FaultKind::Corrupt, "half a record");
    assert_eq!(load(2).unwrap().unwrap().row, row(2), "the others are as they were");
}
