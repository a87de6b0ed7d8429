//! Opening, holding and closing a store.

use crate::error::OpenError;
use crate::files::{Held, Mark, hold};
use crate::lane::Head;
use crate::readers::Readers;
use crate::schema;
use crate::writer::Writer;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::guarantees::{Durability, EventsKept, Guarantees, Truth};
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Watch, Watcher, Watchers};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const READERS: usize = 4;

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    accept_restored: bool,
}

impl Options {
    /// The store at a path, on the system's clock.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), clock: Arc::new(SystemClock), accept_restored: false }
    }

    /// On another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Accepts a database that was put back from a backup: its epoch rises above every earlier one, so that
    /// every session from before ends.
    #[must_use]
    pub const fn accept_restored(mut self) -> Self {
        self.accept_restored = true;
        self
    }

    /// Opens it. A new one is made where there is none.
    pub fn open(self) -> Result<SqliteStore, OpenError> {
        schema::check_engine()?;
        let held = hold(&self.path)?;
        let engine = |source| OpenError::Engine { path: self.path.clone(), source };
        let mut connection = schema::writer(&self.path).map_err(engine)?;
        schema::migrate(&mut connection, &self.path)?;
        let mut head = Head::read(&connection).map_err(engine)?;
        let found = head.mark(&connection).map_err(engine)?;
        let mut mark = found;
        if let Some(earlier) = Mark::read(&self.path)?.filter(|earlier| found.is_behind(*earlier)) {
            if !self.accept_restored {
                return Err(OpenError::WentBack { path: self.path });
            }
            mark = found.join(earlier);
            mark.epoch += 1;
            head = go_on_after(&mut connection, head, mark).map_err(engine)?;
        }
        let file = |source| OpenError::File { path: self.path.clone(), source };
        mark.write(&self.path).map_err(file)?;
        let readers: Result<Vec<_>, _> = (0..READERS).map(|_| schema::reader(&self.path)).collect();
        let readers = Readers::of(readers.map_err(engine)?);
        let watchers = Arc::new(Watchers::default());
        let writer = Writer::start(connection, head, mark.epoch, self.clock.clone(), watchers.clone())
            .map_err(file)?;
        Ok(SqliteStore { path: self.path, clock: self.clock, writer, readers, watchers, _held: held })
    }
}

/// Numbers go on where the lost ones ended, under a new epoch: nothing is ever numbered twice.
fn go_on_after(connection: &mut Connection, head: Head, mark: Mark) -> rusqlite::Result<Head> {
    let mut head = head;
    head.facts = mark.facts;
    head.chain.seq = mark.events;
    let fact = Fact { key: FactKey::Epoch, at_least: mark.epoch };
    let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
    let transaction = connection.transaction()?;
    head.commit(&transaction, &trail)?;
    head.write(&transaction)?;
    transaction.commit()?;
    Ok(head)
}

/// A store in one SQLite database.
#[derive(Debug)]
pub struct SqliteStore {
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    watchers: Arc<Watchers>,
    _held: Held,
}

impl SqliteStore {
    /// Opens the store at a path on the system's clock.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Options::at(path).open()
    }

    /// The store as the traits it offers.
    #[must_use]
    pub fn into_stores(self) -> Stores {
        Self::stores(Arc::new(self))
    }

    /// The traits of a shared store.
    #[must_use]
    pub fn stores(store: Arc<Self>) -> Stores {
        let guarantees = Guarantees {
            durability: Durability::Power,
            truth: Truth::ClassA,
            events: EventsKept::All,
            anonymous: None,
        };
        Stores::of(store, guarantees)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.writer.epoch.load(Ordering::Acquire)
    }

    /// Writes down beside the database how far it has come.
    pub async fn write_mark(&self) -> Answer<()> {
        let mark = self.writer.run(|work| Ok(Ok(work.head().mark(work.connection)?))).await?;
        mark.write(&self.path).map_err(|source| Fault::from_source(FaultKind::Unavailable, source))
    }

    /// Lets every verb that is waiting commit and closes the files. Later verbs are outages.
    pub async fn shutdown(&self) -> Answer<()> {
        let marked = self.write_mark().await;
        self.writer.stop();
        self.readers.close();
        marked
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writer.stop();
    }
}

impl Watch for SqliteStore {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.watchers.add(watcher);
    }
}
