//! Sessions by the digest of their ticket, in shards that readers lock one at a time.

use super::shelf::{Shelf, Shelved};
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::sync::Arc;

const SHARDS: usize = 64;

/// A ticket that is not the current one of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OldTicket {
    pub(super) session: SessionId,
    pub(super) standing: Standing,
    /// Which count of its session's tickets it belongs to.
    pub(super) round: u32,
    /// The root key it is digested under.
    pub(super) kid: u16,
}

#[derive(Debug, Default)]
struct Shard {
    rows: Shelf<Arc<Row>>,
    old: BTreeMap<LookUp, OldTicket>,
}

impl Shelved for Arc<Row> {
    type Key = [u8; 32];

    fn key(&self) -> [u8; 32] {
        self.look_up.0
    }

    fn session(&self) -> SessionId {
        self.session.id
    }
}

#[derive(Debug)]
pub(super) struct Shards(Vec<RwLock<Shard>>);

impl Default for Shards {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| RwLock::default()).collect())
    }
}

impl Shards {
    /// Sharded by the last byte; the shelf inside hashes by the first eight.
    fn with<T>(&self, look_up: &LookUp, act: impl FnOnce(&RwLock<Shard>) -> T) -> Option<T> {
        let [.., last] = look_up.0;
        self.0.get(usize::from(last) % SHARDS).map(act)
    }

    pub(super) fn row(&self, look_up: &LookUp) -> Option<Row> {
        self.with(look_up, |shard| shard.read().rows.by_key(&look_up.0).cloned())
            .flatten()
            .map(Arc::unwrap_or_clone)
    }

    pub(super) fn old(&self, look_up: &LookUp) -> Option<OldTicket> {
        self.with(look_up, |shard| shard.read().old.get(look_up).copied()).flatten()
    }

    pub(super) fn is_taken(&self, look_up: &LookUp) -> bool {
        let taken = |shard: &RwLock<Shard>| {
            let shard = shard.read();
            shard.rows.by_key(&look_up.0).is_some() || shard.old.contains_key(look_up)
        };
        self.with(look_up, taken).unwrap_or(true)
    }

    pub(super) fn put(&self, row: Row) {
        let look_up = row.look_up;
        self.with(&look_up, |shard| shard.write().rows.put(Arc::new(row)));
    }

    pub(super) fn take(&self, look_up: &LookUp, session: SessionId) {
        self.with(look_up, |shard| shard.write().rows.take(session));
    }

    pub(super) fn put_old(&self, look_up: LookUp, old: OldTicket) {
        self.with(&look_up, |shard| shard.write().old.insert(look_up, old));
    }

    pub(super) fn take_old(&self, look_up: &LookUp) {
        self.with(look_up, |shard| shard.write().old.remove(look_up));
    }

    pub(super) fn old_tickets(&self) -> u64 {
        self.0.iter().map(|shard| shard.read().old.len() as u64).sum()
    }
}
