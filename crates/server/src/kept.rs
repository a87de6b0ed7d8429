//! Where everything is kept: in a file beside the program, or on a server; and sessions perhaps apart from it.

use crate::config::StoreAt;
use crate::mark::Mark;
use cloakroom_model::ports::Clock;
use cloakroom_model::words::secret::Secret;
use cloakroom_store::cells::{Cells, RecordMac, Shelf};
use cloakroom_store::fault::{Answer, Fault};
use cloakroom_store::stores::Stores;
use cloakroom_store_postgres::PostgresStore;
use cloakroom_store_redis::RedisStore;
use cloakroom_store_split::SplitStore;
use cloakroom_store_sqlite::SqliteStore;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoStore {
    #[error("{0}")]
    Sqlite(#[from] cloakroom_store_sqlite::OpenError),
    #[error("{0}")]
    Postgres(#[from] cloakroom_store_postgres::OpenError),
    #[error("{0}")]
    Redis(#[from] cloakroom_store_redis::OpenError),
    #[error("CK2010: the store does not answer: {0}")]
    Fault(Fault),
    #[error(
        "CK2002: the mark of the store cannot be read: {0}\nhint: it lies in [store] folder, and is made anew by `cloakroom restore --accept`"
    )]
    Mark(std::io::Error),
    #[error("CK2002: the folder of this machine's own files cannot be made: {0}\nhint: see [store] folder")]
    Folder(std::io::Error),
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    durable: Durable,
    sessions: Option<Apart>,
}

/// What decides.
#[derive(Debug, Clone)]
enum Durable {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

/// Sessions that are kept apart.
#[derive(Debug, Clone)]
struct Apart {
    redis: Arc<RedisStore>,
    both: Arc<SplitStore>,
}

impl Kept {
    /// Opens it. The folder of what is this machine's own is made with it.
    pub(crate) async fn open(
        at: &StoreAt,
        beside: &Path,
        clock: Arc<dyn Clock>,
        may_be_made: bool,
    ) -> Result<Self, NoStore> {
        let durable = match at {
            StoreAt::Sqlite(path) => {
                let store = cloakroom_store_sqlite::Options::at(path).clock(clock).open()?;
                Durable::Sqlite(Arc::new(store))
            }
            StoreAt::Postgres(url) => {
                if let Some(folder) = beside.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    let mut builder = std::fs::DirBuilder::new();
                    builder.recursive(true).mode(0o700).create(folder).map_err(NoStore::Folder)?;
                }
                let options = cloakroom_store_postgres::Options::at(url.expose().as_str()).clock(clock);
                let options = if may_be_made { options } else { options.must_be_there() };
                Durable::Postgres(Arc::new(options.open().await?))
            }
        };
        Ok(Self { durable, sessions: None })
    }

    /// From here on sessions are kept on a Redis server.
    pub(crate) async fn sessions_on(
        self,
        url: &Secret<String>,
        mac: Arc<dyn RecordMac>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, NoStore> {
        let options = cloakroom_store_redis::Options::at(url.expose().as_str(), mac).clock(clock.clone());
        let redis = Arc::new(options.open().await?);
        let both = Arc::new(SplitStore::new(redis.clone(), self.durable.stores(), clock));
        Ok(Self { sessions: Some(Apart { redis, both }), ..self })
    }

    /// What it offers.
    pub(crate) fn stores(&self) -> Stores {
        match &self.sessions {
            Some(Apart { redis, both }) => SplitStore::stores(both.clone(), redis.clone()),
            None => self.durable.stores(),
        }
    }

    /// What may be lost of what was acknowledged, for whoever runs it.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let durable = match &self.durable {
            Durable::Postgres(store) if !store.outlives_a_failover() => Some(
                "a server repeats the PostgreSQL database, and no commit waits for it: a failover loses what was acknowledged last (set synchronous_standby_names)".to_owned(),
            ),
            Durable::Postgres(_) | Durable::Sqlite(_) => None,
        };
        let worries = self.sessions.iter().flat_map(|apart| apart.redis.worries());
        durable.into_iter().chain(worries.map(ToString::to_string)).collect()
    }

    /// Whether all of it answers: the server of the sessions too.
    pub(crate) async fn answers(&self) -> Answer<()> {
        self.durable.stores().ledger.known(&[]).await?;
        match &self.sessions {
            Some(apart) => apart.redis.count(Shelf::Anonymous).await.map(drop),
            None => Ok(()),
        }
    }

    /// Notes how far a database on a server has come. A file has a mark of its own.
    pub(crate) async fn note_mark(&self, beside: &Path, noted: &mut Option<Mark>) -> Answer<()> {
        if !matches!(self.durable, Durable::Postgres(_)) {
            return Ok(());
        }
        let now = Mark::of(&self.durable.stores()).await?;
        if let Some(mark) = now.filter(|now| noted.as_ref() != Some(now)) {
            match mark.write(beside) {
                Ok(()) => *noted = Some(mark),
                Err(error) => tracing::error!(%error, "how far the store has come could not be written down"),
            }
        }
        Ok(())
    }

    /// Whether it has come as far as when that was last noted.
    pub(crate) async fn went_back(&self, beside: &Path) -> Result<bool, NoStore> {
        if !matches!(self.durable, Durable::Postgres(_)) {
            return Ok(false);
        }
        let Some(earlier) = Mark::read(beside).map_err(NoStore::Mark)? else { return Ok(false) };
        let now = Mark::of(&self.durable.stores()).await.map_err(NoStore::Fault)?;
        Ok(now.is_some_and(|now| now.is_behind(&earlier)))
    }

    /// Copies it into a file while it is used.
    pub(crate) async fn backup_to(&self, to: &str) -> Result<(), String> {
        match &self.durable {
            Durable::Sqlite(store) => store.backup_to(to).await.map_err(|fault| {
                let why = why(&fault);
                format!("no copy was made{}{why}", if why.is_empty() { "" } else { ": " })
            }),
            Durable::Postgres(_) => Err("CK2026: a store on PostgreSQL is copied by PostgreSQL\nhint: pg_dump for a copy, or a base backup with its log for every moment since".to_owned()),
        }
    }

    /// Lets everything commit that waits, and lets go of it.
    pub(crate) async fn shutdown(&self) -> Answer<()> {
        if let Some(apart) = &self.sessions {
            apart.both.shutdown().await;
        }
        match &self.durable {
            Durable::Sqlite(store) => store.shutdown().await,
            Durable::Postgres(store) => store.shutdown().await,
        }
    }
}

/// What an engine says of its outage.
pub(crate) fn why(fault: &Fault) -> String {
    std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default()
}

impl Durable {
    fn stores(&self) -> Stores {
        match self {
            Self::Sqlite(store) => SqliteStore::stores(store.clone()),
            Self::Postgres(store) => PostgresStore::stores(store.clone()),
        }
    }
}
