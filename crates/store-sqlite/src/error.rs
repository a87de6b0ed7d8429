//! What can go wrong when a store is opened, and how the engine's errors become outages.

use cloakroom_store::fault::{Fault, FaultKind};
use std::path::PathBuf;

/// A store that cannot be opened. Each says what to do.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it open.
    #[error(
        "CK2001: {path} is in use, by another process or by this one\nhint: stop that process, or talk to it instead of to its file; within one process share one store"
    )]
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// A file or folder could not be made or read.
    #[error(
        "CK2002: cannot use {path}: {source}\nhint: the folder must exist or be creatable, and be writable"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The engine refused.
    #[error(
        "CK2003: {path} does not open as a database: {source}\nhint: is it a Cloakroom database, and whole?"
    )]
    Engine {
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The linked SQLite is one with a known corruption bug.
    #[error("CK2004: SQLite {found} can corrupt a database in WAL mode\nhint: build against 3.51.3 or later")]
    OldEngine {
        /// The linked version.
        found: &'static str,
    },
    /// The database was written by a later version.
    #[error(
        "CK2005: {path} was written by a later version (schema {found}, this one knows {known})\nhint: run that version or a later one"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The database is not one of ours.
    #[error(
        "CK2007: {path} is somebody else's database\nhint: name a file that does not exist yet, or our own"
    )]
    NotOurs {
        /// The database.
        path: PathBuf,
    },
    /// It was moved into another store.
    #[error(
        "CK2027: {path} was exported into another store, and takes nothing any more\nhint: [store] url names the new one; `export` can be done again; to go back to this one: `cloakroom restore --accept`, and every session from before ends"
    )]
    Moved {
        /// The database.
        path: PathBuf,
    },
    /// It was to become a store that was exported, and did not.
    #[error(
        "CK2033: an import into {path} was begun and not finished\nhint: `cloakroom import store FILE` once more"
    )]
    Unfinished {
        /// The database.
        path: PathBuf,
    },
    /// The database is behind its mark, or has lost it: somebody put a copy back.
    #[error(
        "CK2006: {path} was put back from a backup: it is older than the mark beside it, or has none\nhint: accept the restored copy on purpose; every session from before it ends then"
    )]
    WentBack {
        /// The database.
        path: PathBuf,
    },
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for OpenError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

pub(crate) fn fault(error: rusqlite::Error) -> Fault {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let kind = match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => FaultKind::Corrupt,
        _ if matches!(error, rusqlite::Error::FromSqlConversionFailure(..)) => FaultKind::Corrupt,
        _ => FaultKind::Unavailable,
    };
    Fault::from_source(kind, error)
}

/// A stored value that is not what this version or an earlier one writes.
pub(crate) fn corrupt<E>(_: E) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, "malformed record".into())
}
