//! The memory store: gone with the process, and otherwise as strict as any other. Readers of a ticket take one
//! shard's lock and the book's read lock; writers take the book's write lock and so follow one another.

pub mod shelf;

pub mod wheel;

mod people;

mod book;

mod shards;

mod state;

mod verbs;

mod ledger;

mod events;

mod keys;

mod families;

mod directory;

mod requests;

mod throttle;

mod outbox;

pub use state::{Limits, MemoryStore};
