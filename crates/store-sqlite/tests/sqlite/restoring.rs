//! A database put back from a backup is noticed, and accepted only on purpose.

use crate::rig::{copy_of, open};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::events::Events;
use cloakroom_store::ledger::Ledger;
use cloakroom_store_sqlite::{OpenError, Options, SqliteStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn publish(store: &SqliteStore, generation: u64) {
    let fact = Fact { key: FactKey::User("anna".parse().unwrap()), at_least: generation };
    let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
    pollster::block_on(store.publish(&trail)).unwrap();
}

/// A store that published two facts, put back to where it had published one.
fn put_back(folder: &Path) -> (PathBuf, ManualClock) {
    let (database, clock) = (folder.join("store.db"), ManualClock::default());
    let store = open(&database, &clock);
    publish(&store, 1);
    let earlier = TempDir::new().unwrap();
    let copy = copy_of(&database, earlier.path());
    publish(&store, 2);
    pollster::block_on(store.shutdown()).unwrap();
    drop(store);
    for suffix in ["", "-wal"] {
        let (from, to) = (format!("{}{suffix}", copy.display()), format!("{}{suffix}", database.display()));
        if Path::new(&from).exists() {
            std::fs::copy(from, to).unwrap();
        } else if Path::new(&to).exists() {
            std::fs::remove_file(to).unwrap();
        }
    }
    (database, clock)
}

#[test]
fn an_older_copy_is_refused_until_it_is_accepted_on_purpose() {
    let folder = TempDir::new().unwrap();
    let (database, clock) = put_back(folder.path());
    for _ in 0..2 {
        let refused = Options::at(&database).open().unwrap_err();
        assert!(matches!(refused, OpenError::WentBack { .. }), "{refused}");
    }
    let store = Options::at(&database).clock(Arc::new(clock.clone())).accept_restored().open().unwrap();
    let generations = pollster::block_on(store.generations(Some(&"anna".parse().unwrap()))).unwrap();
    assert_eq!(
        (generations.user, generations.epoch),
        (1, 1),
        "every session from before is of an earlier epoch"
    );
    let heads = pollster::block_on(store.heads()).unwrap();
    assert!(heads[0].1 > 2, "numbers that were given out are not given out again: {heads:?}");
    let (lane, chain) = pollster::block_on(store.chains()).unwrap()[0];
    let links = pollster::block_on(store.tail(lane, 0, 10)).unwrap();
    let last = links.last().unwrap();
    assert_eq!(last.event.as_ref().map(|event| event.name), Some(EventName::BackupRestored));
    assert_eq!(last.head(), chain);
    drop(store);
    drop(open(&database, &clock));
}

#[test]
fn a_deleted_database_beside_its_mark_is_no_fresh_start() {
    let folder = TempDir::new().unwrap();
    let (database, _) = put_back(folder.path());
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
    assert!(matches!(Options::at(&database).open(), Err(OpenError::WentBack { .. })));
}

#[test]
fn a_database_without_its_mark_was_put_somewhere_else() {
    let folder = TempDir::new().unwrap();
    let (database, clock) = (folder.path().join("store.db"), ManualClock::default());
    publish(&open(&database, &clock), 1);
    std::fs::remove_file(folder.path().join("store.db.mark")).unwrap();
    assert!(matches!(Options::at(&database).open(), Err(OpenError::WentBack { .. })));
    for epoch in 1..=2 {
        let store = Options::at(&database).clock(Arc::new(clock.clone())).accept_restored().open().unwrap();
        assert_eq!(pollster::block_on(store.generations(None)).unwrap().epoch, epoch, "it rises each time");
    }
    drop(open(&database, &clock));
}

/// Nobody shut anything down in order: the mark has to follow by itself.
#[test]
fn a_backup_put_back_after_a_kill_is_noticed() {
    let (folder, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (database, clock) = (folder.path().join("store.db"), ManualClock::default());
    let store = open(&database, &clock);
    publish(&store, 1);
    let backup = folder.path().join("backup.db");
    pollster::block_on(store.backup_to(&backup)).unwrap();
    for generation in 2..5 {
        publish(&store, generation);
        clock.advance(Span::seconds(2));
    }
    let copy = copy_of(&database, elsewhere.path());
    std::fs::copy(&backup, &copy).unwrap();
    let _ = std::fs::remove_file(format!("{}-wal", copy.display()));
    assert!(matches!(Options::at(&copy).open(), Err(OpenError::WentBack { .. })));
}

#[test]
fn a_mark_that_does_not_parse_is_an_error_and_not_none() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("store.db");
    drop(open(&database, &ManualClock::default()));
    for text in
        ["", "cloakroom-mark/1", "cloakroom-mark/1 1 2", "cloakroom-mark/2 0 0 0", "cloakroom-mark/1 a b c"]
    {
        std::fs::write(folder.path().join("store.db.mark"), text).unwrap();
        assert!(matches!(Options::at(&database).open(), Err(OpenError::File { .. })), "{text:?}");
    }
}
