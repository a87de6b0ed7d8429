//! The embedded store: SQLite in WAL mode, one writer that commits in groups, readers that never wait for it.
//!
//! One process holds the store at a time, by a lock file beside it. Files are readable by their owner only. The
//! epoch and the heads of its log also stand beside the database, so that a database put back from a backup is
//! noticed.

mod error;

mod files;

mod schema;

mod rows;

mod family_rows;

mod people_rows;

mod lane;

mod checkpoints;

mod writer;

mod readers;

mod store;

mod verbs;

mod intents;

mod ledger;

mod events;

mod keys;

mod families;

mod directory;

mod requests;

mod throttle;

mod outbox;

mod backup;

mod moving;

pub use error::OpenError;
pub use store::{Options, SqliteStore};
