//! What can go wrong when a store is opened, and how the server's errors become outages.

use cloakroom_store::fault::{Fault, FaultKind};
use tokio_postgres::error::SqlState;

/// What the server itself says, or else what kept us from it.
pub(crate) fn why(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => core::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string),
    }
}

/// A store that cannot be opened. Each says what to do. No password is in any of it.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is none.
    #[error(
        "CK2040: this is no address of a PostgreSQL database: {why}\nhint: postgres://user:password@host:5432/database, or postgres:///database?host=/run/postgresql"
    )]
    Address {
        /// Why.
        why: String,
    },
    /// What is kept there would go over the network in the clear.
    #[error(
        "CK2045: {server} would be spoken to in the clear, over a network\nhint: leave sslmode out, and name whom the server is certified by: ?sslrootcert=/path/ca.pem"
    )]
    InTheClear {
        /// The server and the database.
        server: String,
    },
    /// The server does not answer, or does not let us in.
    #[error(
        "CK2041: {server} does not let us in: {}\nhint: does it run, may this user connect to this database (pg_hba.conf), and is the password right?",
        why(source)
    )]
    Unreachable {
        /// The server and the database.
        server: String,
        /// Why.
        source: tokio_postgres::Error,
    },
    /// The server does not answer in time.
    #[error("CK2041: {server} does not answer\nhint: does it run there, and may it be reached from here?")]
    Silent {
        /// The server and the database.
        server: String,
    },
    /// The server is too old.
    #[error("CK2042: {server} is PostgreSQL {found}\nhint: 13 or later is needed")]
    OldServer {
        /// The server and the database.
        server: String,
        /// Its version.
        found: String,
    },
    /// The server may lose what it acknowledged.
    #[error(
        "CK2043: {server} has {setting} off: what it acknowledges can be lost when its machine stops\nhint: turn it on in postgresql.conf"
    )]
    Careless {
        /// The server and the database.
        server: String,
        /// What is off.
        setting: &'static str,
    },
    /// There is nothing of ours in it.
    #[error("CK2025: there is no store in {server}\nhint: `serve` makes it when it first starts")]
    Empty {
        /// The server and the database.
        server: String,
    },
    /// It was moved into another store.
    #[error(
        "CK2027: {server} was exported into another store, and takes nothing any more\nhint: [store] url names the new one; `export` can be done again; to go back to this one: `cloakroom restore --accept`, and every session from before ends"
    )]
    Moved {
        /// The server and the database.
        server: String,
    },
    /// It was to become a store that was exported, and did not.
    #[error(
        "CK2033: an import into {server} was begun and not finished\nhint: `cloakroom import store FILE` once more"
    )]
    Unfinished {
        /// The server and the database.
        server: String,
    },
    /// The server fails while a store is moved.
    #[error("CK2010: {server} does not answer: {why}")]
    Failed {
        /// The server and the database.
        server: String,
        /// What it said.
        why: String,
    },
    /// The schema cannot be brought up to date.
    #[error(
        "CK2044: the tables of {server} cannot be made or changed: {}\nhint: the user needs CREATE on the schema (`GRANT CREATE ON SCHEMA public TO …`)",
        why(source)
    )]
    Schema {
        /// The server and the database.
        server: String,
        /// Why.
        source: tokio_postgres::Error,
    },
    /// The database was written by a later version.
    #[error(
        "CK2005: {server} was written by a later version (schema {found}, this one knows {known})\nhint: run that version or a later one"
    )]
    Newer {
        /// The server and the database.
        server: String,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for OpenError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// Why a verb did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// The server said so, or does not answer.
    #[error("{}", why(.0))]
    Server(#[from] tokio_postgres::Error),
    /// It did not answer in time.
    #[error("no answer in time")]
    Late,
    /// It was not undone, and is not known to be there.
    #[error("a commit that the server does not vouch for")]
    Doubtful,
    /// What was read is not what this version or an earlier one writes.
    #[error("{0}")]
    Corrupt(&'static str),
}

/// A number of a lane is taken: the lane was put back, and goes over what it has been through.
fn is_of_lane(error: &tokio_postgres::Error) -> bool {
    let constraint = error.as_db_error().and_then(|error| error.constraint());
    constraint.is_some_and(|name| ["ck_event_pkey", "ck_fact_lane_seq_key"].contains(&name))
}

impl Failed {
    /// Somebody else was in the way, and nothing of it was done: it is tried again.
    pub(crate) fn is_contention(&self) -> bool {
        let Self::Server(error) = self else { return false };
        !is_of_lane(error)
            && error.code().is_some_and(|code| {
                [
                    SqlState::T_R_SERIALIZATION_FAILURE,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::UNIQUE_VIOLATION,
                    SqlState::LOCK_NOT_AVAILABLE,
                ]
                .contains(code)
            })
    }

    pub(crate) fn fault(self) -> Fault {
        let kind = match &self {
            Self::Corrupt(_) => FaultKind::Corrupt,
            Self::Server(error) if error.code() == Some(&SqlState::DATA_CORRUPTED) || is_of_lane(error) => {
                FaultKind::Corrupt
            }
            Self::Server(_) | Self::Late | Self::Doubtful => FaultKind::Unavailable,
        };
        Fault::from_source(kind, self)
    }
}

/// A stored value that is not what this version or an earlier one writes.
pub(crate) fn corrupt<E>(_: E) -> Failed {
    Failed::Corrupt("malformed record")
}

pub(crate) type Result<T> = core::result::Result<T, Failed>;
