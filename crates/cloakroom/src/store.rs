//! Where sessions are kept.

use cloakroom_model::ports::Clock;
#[cfg(feature = "redis")]
use cloakroom_model::words::secret::Secret;
use cloakroom_store::guarantees::Guarantees;
use cloakroom_store::memory::{Limits, MemoryStore as Memory};
#[cfg(feature = "redis")]
use cloakroom_store::stores::Durable;
use cloakroom_store::stores::Stores;
use std::path::PathBuf;
use std::sync::Arc;

/// A store that is open.
#[derive(Debug)]
#[non_exhaustive]
pub enum Opened {
    /// It keeps everything.
    Whole(Stores),
    /// It keeps no sessions: they are at this address.
    #[cfg(feature = "redis")]
    WithoutSessions(Durable, Secret<String>),
}

impl Opened {
    pub(crate) const fn guarantees(&self) -> Guarantees {
        match self {
            Self::Whole(stores) => stores.guarantees,
            #[cfg(feature = "redis")]
            Self::WithoutSessions(durable, _) => durable.guarantees,
        }
    }
}

/// A store an app can be built on.
pub trait Store {
    /// The store as the engine wants it.
    fn open(self, clock: Arc<dyn Clock>) -> Opened;

    /// Where the root key lies if the app does not say. `None`: it lives as long as the process.
    fn key_file(&self) -> Option<PathBuf>;

    /// Why it is all right that what was revoked is forgotten with the process, if it is.
    fn may_forget(&self) -> Option<&'static str> {
        None
    }
}

/// Sessions in memory: gone when the process is. For tests, and for apps that can live with that.
#[derive(Debug, Clone, Copy, Default)]
pub struct MemoryStore(Limits);

impl Store for MemoryStore {
    fn open(self, clock: Arc<dyn Clock>) -> Opened {
        Opened::Whole(Memory::open(clock, self.0).into_stores())
    }

    fn key_file(&self) -> Option<PathBuf> {
        None
    }
}

#[cfg(feature = "postgres")]
impl Store for cloakroom_store_postgres::PostgresStore {
    fn open(self, _: Arc<dyn Clock>) -> Opened {
        Opened::Whole(self.into_stores())
    }

    /// Beside the program, and the same for each that uses the database: one that has another does not start.
    fn key_file(&self) -> Option<PathBuf> {
        Some(PathBuf::from("cloakroom.key"))
    }
}

#[cfg(feature = "sqlite")]
impl Store for cloakroom_store_sqlite::SqliteStore {
    fn open(self, _: Arc<dyn Clock>) -> Opened {
        Opened::Whole(self.into_stores())
    }

    fn key_file(&self) -> Option<PathBuf> {
        let mut name = self.path().as_os_str().to_owned();
        name.push(".key");
        Some(PathBuf::from(name))
    }
}
