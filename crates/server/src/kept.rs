//! Where everything is kept: in a file beside the program, or on a server.

use crate::config::StoreAt;
use cloakroom_model::ports::Clock;
use cloakroom_store::fault::Answer;
use cloakroom_store::stores::Stores;
use cloakroom_store_postgres::PostgresStore;
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
    #[error("CK2002: the folder of this machine's own files cannot be made: {0}\nhint: see [store] folder")]
    Folder(std::io::Error),
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

impl Kept {
    /// Opens it. The folder of what is this machine's own is made with it.
    pub(crate) async fn open(
        at: &StoreAt,
        beside: &Path,
        clock: Arc<dyn Clock>,
        may_be_made: bool,
    ) -> Result<Self, NoStore> {
        match at {
            StoreAt::Sqlite(path) => {
                let store = cloakroom_store_sqlite::Options::at(path).clock(clock).open()?;
                Ok(Self::Sqlite(Arc::new(store)))
            }
            StoreAt::Postgres(url) => {
                if let Some(folder) = beside.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    let mut builder = std::fs::DirBuilder::new();
                    builder.recursive(true).mode(0o700).create(folder).map_err(NoStore::Folder)?;
                }
                let options = cloakroom_store_postgres::Options::at(url.expose().as_str()).clock(clock);
                let options = if may_be_made { options } else { options.must_be_there() };
                Ok(Self::Postgres(Arc::new(options.open().await?)))
            }
        }
    }

    /// What it offers.
    pub(crate) fn stores(&self) -> Stores {
        match self {
            Self::Sqlite(store) => SqliteStore::stores(store.clone()),
            Self::Postgres(store) => PostgresStore::stores(store.clone()),
        }
    }

    /// What may be lost of what was acknowledged, for whoever runs it.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        match self {
            Self::Postgres(store) if !store.outlives_a_failover() => Some(
                "a server repeats the PostgreSQL database, and no commit waits for it: a failover loses what was acknowledged last (set synchronous_standby_names)",
            ),
            Self::Postgres(_) | Self::Sqlite(_) => None,
        }
    }

    /// Copies it into a file while it is used.
    pub(crate) async fn backup_to(&self, to: &str) -> Result<(), String> {
        match self {
            Self::Sqlite(store) => store.backup_to(to).await.map_err(|fault| {
                let source = std::error::Error::source(&fault);
                let why = source.map(|source| format!(": {source}")).unwrap_or_default();
                format!("no copy was made{why}")
            }),
            Self::Postgres(_) => Err("CK2026: a store on PostgreSQL is copied by PostgreSQL\nhint: pg_dump for a copy, or a base backup with its log for every moment since".to_owned()),
        }
    }

    /// Lets everything commit that waits, and lets go of it.
    pub(crate) async fn shutdown(&self) -> Answer<()> {
        match self {
            Self::Sqlite(store) => store.shutdown().await,
            Self::Postgres(store) => store.shutdown().await,
        }
    }
}
