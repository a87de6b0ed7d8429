//! Opening, reading and closing a store.

use crate::address::Address;
use crate::connection::{Connection, Patience};
use crate::era::Era;
use crate::error::{Failed, OpenError, Result};
use crate::follower::Follower;
use crate::inside::Inside;
use crate::lane::append;
use crate::neighbours;
use crate::readers::Readers;
use crate::rows::generations;
use crate::schema;
use crate::tick::{Server, forget_servers, prove};
use crate::values::get;
use crate::writer::{Pens, Writer};
use async_trait::async_trait;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::events::restored;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::guarantees::{Durability, EventsKept, Guarantees, Truth};
use cloakroom_store::neighbours::{Neighbour, Neighbours, Said};
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Told, Watch, Watcher, Watchers};
use core::future::Future;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use tokio::time::timeout;

/// The oldest server that is known to do what is asked of it.
const OLDEST_SERVER: i64 = 130_000;
/// How long the server may take to let us in.
const OPENS_WITHIN: Duration = Duration::from_secs(10);
/// For how long a proof is good.
const PROVEN_FOR: Span = Span::seconds(2);
/// How many write at once.
const PENS: u32 = 8;

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    pub(crate) url: String,
    pub(crate) clock: Arc<dyn Clock>,
    must_be_there: bool,
    accept_restored: bool,
}

impl core::fmt::Debug for Options {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // There may be a password in the address.
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

impl Options {
    /// The database of an address, on the system's clock.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), clock: Arc::new(SystemClock), must_be_there: false, accept_restored: false }
    }

    /// On another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Only if there is one: no tables are made in an empty database.
    #[must_use]
    pub const fn must_be_there(mut self) -> Self {
        self.must_be_there = true;
        self
    }

    /// Accepts a database that was put back from a copy, or was left for another store: its epoch rises above every earlier one, so that every
    /// session from before ends. It rises each time this is asked for.
    #[must_use]
    pub const fn accept_restored(mut self) -> Self {
        self.accept_restored = true;
        self
    }

    /// Opens it, within a tokio runtime that goes on for as long as the store does. Tables are made where there are none.
    pub async fn open(self) -> core::result::Result<PostgresStore, OpenError> {
        let address = Address::read(&self.url)?;
        let (connection, server) = at_its_best(&address).await?;
        let is_there = schema::is_there(&connection).await.map_err(|failed| refused(failed, &server))?;
        if self.must_be_there && !is_there {
            return Err(OpenError::Empty { server });
        }
        schema::migrate(&connection, &server).await?;
        if schema::is_unfinished(&connection).await.map_err(|failed| refused(failed, &server))? {
            return Err(OpenError::Unfinished { server });
        }
        if self.accept_restored {
            let now = self.clock.now();
            accept(&connection, now).await.map_err(|failed| refused(failed, &server))?;
        }
        if schema::is_moved(&connection).await.map_err(|failed| refused(failed, &server))? {
            return Err(OpenError::Moved { server });
        }
        forget_servers(&connection).await.map_err(|failed| refused(failed, &server))?;
        let watchers = Arc::new(Watchers::default());
        let (own, era) = (drawn(), Era::default());
        let began = self.clock.since_boot();
        let proof = prove(&connection, &own).await.map_err(|failed| refused(failed, &server))?;
        let begin_at = usize::from(*own.first().unwrap_or(&0)) % PENS as usize;
        let pens = Pens { count: PENS, begin_at, server: own };
        let clock = self.clock.clone();
        let writer = Writer::new(address.clone(), &pens, era.clone(), clock.clone(), watchers.clone());
        let readers = Readers::new(address.clone(), own, era.clone());
        let follower = Follower::start(address, clock, watchers.clone(), (proof, began), (own, era.clone()));
        let is_closed = AtomicBool::new(false);
        Ok(PostgresStore { clock: self.clock, writer, readers, follower, watchers, is_closed, own, era })
    }
}

/// The store is used as it is, under a new epoch: both with one commit, so that nobody uses it under the old one.
async fn accept(connection: &Connection, now: Time) -> Result<()> {
    connection.begin(Patience::Verb).await?;
    schema::is_here_again(connection).await?;
    // A time: none that was counted before, and is lost, is larger.
    let time = u64::try_from(now.millis()).unwrap_or_default();
    let epoch = generations(connection, None).await?.epoch.saturating_add(1).max(time);
    append(connection, LaneId(1), &[restored(now, epoch)]).await?;
    connection.commit().await
}

/// A connection to a server that does what is asked of it, and the server's name.
pub(crate) async fn at_its_best(address: &Address) -> core::result::Result<(Connection, String), OpenError> {
    let server = address.name();
    let connection = timeout(OPENS_WITHIN, Connection::open(address))
        .await
        .map_err(|_| OpenError::Silent { server: server.clone() })?
        .map_err(|source| OpenError::Unreachable { server: server.clone(), source })?;
    check(&connection, &server).await?;
    Ok((connection, server))
}

/// A name for this process that no other has. It is no secret.
fn drawn() -> Server {
    let half = || RandomState::new().build_hasher().finish().to_be_bytes();
    let mut name = [0; 16];
    name.iter_mut().zip(half().into_iter().chain(half())).for_each(|(to, from)| *to = from);
    name
}

fn refused(failed: Failed, server: &str) -> OpenError {
    match failed {
        Failed::Server(source) => OpenError::Unreachable { server: server.to_owned(), source },
        Failed::Late | Failed::Doubtful | Failed::Corrupt(_) => {
            OpenError::Silent { server: server.to_owned() }
        }
    }
}

/// What must be true of a server before anything is asked of it.
async fn check(connection: &Connection, server: &str) -> core::result::Result<(), OpenError> {
    let failed = |failed| refused(failed, server);
    let sql = "SELECT current_setting('server_version_num')::int8, current_setting('server_version'), \
               current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')";
    let found = connection.row(sql, &[]).await.map_err(failed)?;
    let Some(found) = found else { return Err(OpenError::Silent { server: server.to_owned() }) };
    let text = |at| get::<&str>(&found, at).map(str::to_owned).map_err(failed);
    if get::<i64>(&found, 0).map_err(failed)? < OLDEST_SERVER {
        return Err(OpenError::OldServer { server: server.to_owned(), found: text(1)? });
    }
    for (at, setting) in [(2, "fsync"), (3, "full_page_writes"), (4, "synchronous_commit")] {
        if text(at)? == "off" {
            return Err(OpenError::Careless { server: server.to_owned(), setting });
        }
    }
    Ok(())
}

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresStore {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) writer: Writer,
    readers: Readers,
    follower: Follower,
    watchers: Arc<Watchers>,
    is_closed: AtomicBool,
    own: Server,
    era: Era,
}

impl PostgresStore {
    /// Opens the database of an address, on the system's clock.
    pub async fn open(url: impl Into<String>) -> core::result::Result<Self, OpenError> {
        Options::at(url).open().await
    }

    /// Whether every commit waits for whoever could take over. If not, a failover loses what was acknowledged last, and nothing says so.
    #[must_use]
    pub fn outlives_a_failover(&self) -> bool {
        self.follower.is_waited_for()
    }

    /// The store as the traits it offers.
    #[must_use]
    pub fn into_stores(self) -> Stores {
        Self::stores(Arc::new(self))
    }

    /// The traits of a shared store.
    #[must_use]
    pub fn stores(store: Arc<Self>) -> Stores {
        let truth = if store.outlives_a_failover() { Truth::ClassA } else { Truth::ClassB };
        let guarantees = Guarantees {
            durability: Durability::Power,
            truth,
            events: EventsKept::All,
            anonymous: None,
            people: true,
        };
        Stores::of(store, guarantees)
    }

    /// Reads with one of the connections. Whoever asks need not be on a runtime.
    pub(crate) async fn read<T, F>(&self, read: impl FnOnce(Arc<Connection>) -> F) -> Answer<T>
    where
        F: Future<Output = Result<T>>,
    {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Fault::of(FaultKind::Closed));
        }
        let reading = async {
            if !self.is_proven() {
                let (_held, connection) = self.readers.proven().await?;
                return read(connection).await;
            }
            let connection = self.readers.one().await?;
            let found = read(connection.clone()).await;
            if matches!(found, Err(Failed::Late)) {
                self.readers.drop_one(&connection).await;
            }
            // What was proven when it began may be over when it is answered.
            if self.is_proven() { found } else { Err(Failed::Late) }
        };
        Inside { runtime: self.writer.runtime().clone(), future: Box::pin(reading) }
            .await
            .map_err(Failed::fault)
    }

    /// Whether it was proven lately that the server is the truth. If not, it may have been deposed, and may know nothing of what was taken back since.
    fn is_proven(&self) -> bool {
        match self.follower.told() {
            Told::OfAll => true,
            Told::UpTo(then) => {
                self.clock.since_boot().as_millis() - then.as_millis() <= PROVEN_FOR.as_millis()
            }
        }
    }

    /// Lets every verb that is waiting commit. Later ones are outages.
    pub async fn shutdown(&self) -> Answer<()> {
        self.is_closed.store(true, Ordering::Release);
        self.follower.stop();
        self.writer.close().await;
        Ok(())
    }
}

#[async_trait]
impl Neighbours for PostgresStore {
    async fn neighbours(&self) -> Answer<Vec<Neighbour>> {
        let own = self.own;
        self.read(move |connection| async move { neighbours::all_but(&connection, &own).await }).await
    }

    async fn say(&self, said: Option<Said>) -> Answer<()> {
        let own = self.own;
        self.read(move |connection| async move { neighbours::say(&connection, &own, said).await }).await
    }
}

impl Watch for PostgresStore {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.watchers.add(watcher);
    }

    fn told(&self) -> Told {
        self.follower.told()
    }

    fn era(&self) -> u64 {
        self.era.now()
    }
}
