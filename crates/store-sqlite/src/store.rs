//! Opening, holding and closing a store.

use crate::error::OpenError;
use crate::files::{Held, Mark, hold};
use crate::lane::Head;
use crate::readers::Readers;
use crate::schema;
use crate::writer::Writer;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_store::events::restored;
use cloakroom_store::fault::Answer;
use cloakroom_store::guarantees::{Durability, EventsKept, Guarantees, Truth};
use cloakroom_store::neighbours::Neighbours;
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
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
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

    /// Accepts a database that was put back from a backup: its epoch rises above every earlier one that is known,
    /// so that every session from before ends. It rises each time this is asked for.
    #[must_use]
    pub const fn accept_restored(mut self) -> Self {
        self.accept_restored = true;
        self
    }

    /// Opens it. A new one is made where there is none.
    pub fn open(self) -> Result<SqliteStore, OpenError> {
        schema::check_engine()?;
        let (held, path) = hold(&self.path)?;
        let engine = |source| OpenError::Engine { path: path.clone(), source };
        let file = |source| OpenError::File { path: path.clone(), source };
        if schema::is_new(&path)? && Mark::read(&path)?.is_none() {
            // The mark first: a database without one is one that was put somewhere else.
            Mark::default().write(&path).map_err(file)?;
        }
        let mut connection = schema::writer(&path).map_err(engine)?;
        let beside = Mark::read(&path)?;
        schema::migrate(&mut connection, &path)?;
        if schema::is_unfinished(&connection).map_err(engine)? {
            return Err(OpenError::Unfinished { path });
        }
        if !self.accept_restored && schema::is_moved(&connection).map_err(engine)? {
            return Err(OpenError::Moved { path });
        }
        let mut head = Head::read(&connection).map_err(engine)?;
        let found = head.mark(&connection).map_err(engine)?;
        let mut mark = found.join(beside.unwrap_or_default());
        if self.accept_restored {
            mark.epoch += 1;
            mark.events += 1;
            mark.facts += 1;
            head = go_on_after(&mut connection, head, mark, &*self.clock).map_err(engine)?;
        } else if beside.is_none_or(|earlier| found.is_behind(earlier)) {
            return Err(OpenError::WentBack { path });
        }
        mark.write(&path).map_err(file)?;
        let readers: Result<Vec<_>, _> = (0..READERS).map(|_| schema::reader(&path)).collect();
        let readers = Readers::of(readers.map_err(engine)?);
        let watchers = Arc::new(Watchers::default());
        let writer = Writer::start(connection, &path, head, mark, self.clock.clone(), watchers.clone())
            .map_err(file)?;
        Ok(SqliteStore { path, clock: self.clock, writer, readers, watchers, _held: held })
    }
}

/// Numbers go on where the lost ones ended, under a new epoch: nothing is ever numbered twice. The event that says
/// so stands behind the gap.
fn go_on_after(
    connection: &mut Connection,
    mut head: Head,
    mark: Mark,
    clock: &dyn Clock,
) -> rusqlite::Result<Head> {
    head.facts = mark.facts - 1;
    head.chain.seq = mark.events - 1;
    let trail = restored(clock.now(), mark.epoch);
    let transaction = connection.transaction()?;
    schema::is_here_again(&transaction)?;
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

    /// Where the database lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
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
            people: true,
            anonymous: None,
        };
        Stores::of(store, guarantees)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.writer.epoch.load(Ordering::Acquire)
    }

    /// Lets every verb that is waiting commit, writes the mark and closes the files. Later verbs are outages.
    pub async fn shutdown(&self) -> Answer<()> {
        self.writer.stop();
        self.readers.close();
        Ok(())
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.writer.stop();
    }
}

/// There are none: it is locked.
impl Neighbours for SqliteStore {}

impl Watch for SqliteStore {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.watchers.add(watcher);
    }
}
