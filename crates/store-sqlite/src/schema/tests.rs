use super::*;
use tempfile::TempDir;

/// A kill leaves what was written to the page cache, whatever `synchronous` is; losing power does not. So the setting
/// itself is looked at.
#[test]
fn the_writer_syncs_every_commit_and_overwrites_what_it_deletes() {
    let folder = TempDir::new().unwrap();
    let connection = writer(&folder.path().join("store.db")).unwrap();
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    let full = 2;
    assert_eq!((number("synchronous"), number("secure_delete"), number("wal_autocheckpoint")), (full, 1, 0));
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

/// A plan that depends on a bound value is made again for each value: a third of the time of a sign-in.
#[test]
fn plans_are_kept_whatever_is_bound() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("store.db");
    let writing = writer(&path).unwrap();
    for connection in [&writing, &reader(&path).unwrap()] {
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG).unwrap());
    }
}
