//! What a store must do.
//!
//! One trait for each consistency boundary, verbs instead of CRUD, outcomes instead of errors. A change that
//! touches two records is one verb; what it publishes and what it tells of are committed with it. Absent is an
//! outcome, an outage is a [`fault::Fault`]. Nothing here decides: a store compares, counts and commits.

pub mod fault;

pub mod guarantees;

pub mod watch;

pub mod families;

pub mod sessions;

pub mod ledger;

pub mod cells;

pub mod events;

pub mod keys;

pub mod throttle;

pub mod outbox;

pub mod neighbours;

pub mod requests;

pub mod directory;

mod nobody;

pub mod stores;

pub mod codec;

pub mod sql;

pub mod archive;

pub mod memory;

#[cfg(feature = "suite")]
pub mod suite;
