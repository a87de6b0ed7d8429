//! Who may open a store, and who may read its files.

use crate::rig::open;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_store_sqlite::{OpenError, Options};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_readable_by_their_owner_only() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("deep/er/store.db");
    let store = open(&database, &ManualClock::default());
    assert_eq!(mode(database.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock", ".mark"] {
        assert_eq!(mode(Path::new(&format!("{}{suffix}", database.display()))), 0o600, "{suffix}");
    }
    drop(store);
}

#[test]
fn a_second_opener_is_refused_with_the_reason_until_the_first_is_gone() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    let first = open(&database, &ManualClock::default());
    let refused = Options::at(&database).open().unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");
    assert!(refused.to_string().starts_with("CK2001: ") && refused.to_string().contains("hint: "));
    drop(first);
    Options::at(&database).open().unwrap();
}

#[test]
fn a_database_of_a_later_version_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    drop(open(&database, &ManualClock::default()));
    rusqlite::Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = Options::at(&database).open().unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
}

#[test]
fn what_is_no_database_is_not_touched() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "my notes, quite precious\n".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let refused = Options::at(&path).open().unwrap_err();
    assert!(matches!(refused, OpenError::Engine { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let refused = Options::at(folder.path().join("file/store.db")).open().unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }) && refused.to_string().contains("file"), "{refused}");
}

#[test]
fn somebody_elses_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("theirs.db");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
    drop(theirs);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Options::at(&path).open(), Err(OpenError::NotOurs { .. })));
    assert!(std::fs::read(&path).unwrap() == before, "to the last byte");
}

#[test]
fn through_a_link_it_is_the_same_store_and_in_use() {
    let folder = TempDir::new().unwrap();
    let (path, link) = (folder.path().join("store.db"), folder.path().join("link.db"));
    let _first = open(&path, &ManualClock::default());
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(Options::at(&link).open(), Err(OpenError::InUse { .. })));
}
