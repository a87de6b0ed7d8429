//! Rigs in folders of their own.

use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_store::stores::Stores;
use cloakroom_store::suite::Rig;
use cloakroom_store_sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) fn open(path: &Path, clock: &ManualClock) -> SqliteStore {
    Options::at(path).clock(Arc::new(clock.clone())).open().unwrap()
}

/// What a kill at this moment leaves: the files as they are, without the lock of the living.
pub(crate) fn copy_of(database: &Path, folder: &Path) -> PathBuf {
    let copy = folder.join(database.file_name().unwrap());
    for suffix in ["", "-wal", ".mark"] {
        let from = PathBuf::from(format!("{}{suffix}", database.display()));
        if from.exists() {
            std::fs::copy(from, format!("{}{suffix}", copy.display())).unwrap();
        }
    }
    copy
}

/// Another program that takes the database for itself.
struct Blocker(Mutex<Option<Connection>>);

impl Blocker {
    fn set(&self, database: &Path, on: bool) {
        *self.0.lock() = on.then(|| {
            let connection = Connection::open(database).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            connection
        });
    }
}

pub(crate) fn rig() -> Rig {
    let (folder, clock) = (TempDir::new().unwrap(), ManualClock::default());
    let database = folder.path().join("store.db");
    let store = Arc::new(open(&database, &clock));
    let crash = {
        let (database, clock) = (database.clone(), clock.clone());
        move || -> Stores {
            let elsewhere = TempDir::new().unwrap();
            let copy = copy_of(&database, elsewhere.path());
            let stores = open(&copy, &clock).into_stores();
            std::mem::forget(elsewhere.keep());
            stores
        }
    };
    let blocker = Blocker(Mutex::new(None));
    let closing = store.clone();
    let mut rig = Rig::of(SqliteStore::stores(store), clock);
    rig.crash = Some(Box::new(crash));
    rig.outage = Some(Box::new(move |on| blocker.set(&database, on)));
    rig.close = Some(Box::new(move || pollster::block_on(closing.shutdown()).unwrap()));
    rig.keep = Box::new(folder);
    rig
}
