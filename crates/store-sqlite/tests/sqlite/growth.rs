//! What is left on the disk when sessions have come and gone and their facts are over: events, nothing else.

use crate::rig::open;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::time::Span;
use cloakroom_store::ledger::Ledger;
use cloakroom_store::suite::{Rig, run};
use cloakroom_store_sqlite::SqliteStore;
use std::sync::Arc;
use tempfile::TempDir;

#[test]
fn every_table_but_the_log_is_empty_again() {
    let (folder, clock) = (TempDir::new().unwrap(), ManualClock::default());
    let database = folder.path().join("store.db");
    let store = Arc::new(open(&database, &clock));
    let rig = Rig::of(SqliteStore::stores(store.clone()), clock.clone());
    for case in
        ["closing::nothing_is_left_behind", "renewing::old_tickets_are_bounded_and_go_with_the_session"]
    {
        run(case, &rig).unwrap();
    }
    clock.advance(Span::hours(9));
    while pollster::block_on(store.forget(64)).unwrap() > 0 {}
    let reader = rusqlite::Connection::open(&database).unwrap();
    let count = |table: &str| -> i64 {
        reader.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    for table in ["ck_session", "ck_old_ticket", "ck_fact", "ck_key"] {
        assert_eq!(count(table), 0, "{table}");
    }
    assert!(count("ck_event") > 0);
}
