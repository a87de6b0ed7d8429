//! The near-cache: a bounded number of known sessions, found by ticket and by id.

use super::known::{Key, Known};
use cloakroom_crypto::prf::Prf;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;

use cloakroom_model::words::time::Time;
use cloakroom_rules::session::binding::Client;
use cloakroom_store::memory::shelf::{Shelf, Shelved};
use parking_lot::{Mutex, RwLock};
use std::collections::VecDeque;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};

const SHARDS: usize = 8;
/// How many invalidations are remembered to turn away a copy that was read before one of them.
const REMEMBERED: usize = 1_024;
/// How many places one eviction looks at.
const LOOKS: usize = 8;

/// A copy in its place.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) known: Known,
    /// When it was last used, in seconds.
    pub(crate) seen: AtomicU32,
    /// The last use that was handed on to the store, in seconds.
    pub(crate) written: AtomicU32,
    /// The turn of the revocation table at which it was found good.
    pub(crate) turn: AtomicU64,
}

impl Shelved for Place {
    type Key = Key;

    fn key(&self) -> Key {
        self.known.key()
    }

    fn session(&self) -> SessionId {
        self.known.session_id()
    }
}

/// How far the invalidations had come when a read of the truth began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

#[derive(Debug)]
pub(crate) struct Near {
    prf: Prf,
    shards: Vec<RwLock<Shelf<Place>>>,
    most: usize,
    /// How many sessions were dropped so far; changed under the lock of `recent`.
    dropped: AtomicU64,
    recent: Mutex<VecDeque<SessionId>>,
    hand: AtomicUsize,
}

/// Whole seconds, as a place counts them.
pub(crate) fn seconds(at: Time) -> u32 {
    u32::try_from(at.millis() / 1_000).unwrap_or_default()
}

/// The inverse of [`seconds`].
pub(crate) fn from_seconds(seconds: u32) -> Time {
    Time::from_millis(i64::from(seconds) * 1_000)
}

impl Near {
    pub(crate) fn draw(most: usize, entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self {
            prf: Prf::draw(entropy)?,
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            most: most.div_ceil(SHARDS),
            dropped: AtomicU64::new(0),
            recent: Mutex::default(),
            hand: AtomicUsize::new(0),
        })
    }

    /// The key of a credential: a ticket, or the value of a cookie with the place it belongs to.
    pub(crate) fn key(&self, host: &Host, client: &Client, place: [&str; 3], credential: &[u8]) -> Key {
        let [kind, name, origin] = place;
        self.prf
            .of_parts(&[
                credential,
                kind.as_bytes(),
                name.as_bytes(),
                origin.as_bytes(),
                host.as_str().as_bytes(),
                client.address.as_deref().unwrap_or_default().as_bytes(),
                client.agent.as_deref().unwrap_or_default().as_bytes(),
                client.tls.as_deref().unwrap_or_default().as_bytes(),
            ])
            .to_le_bytes()
    }

    fn shard(&self, key: &Key) -> Option<&RwLock<Shelf<Place>>> {
        let [.., last] = key;
        self.shards.get(usize::from(*last) % SHARDS)
    }

    /// Looks at the copy of a key, if there is one.
    pub(crate) fn look<T>(&self, key: &Key, look: impl FnOnce(&Place) -> T) -> Option<T> {
        self.shard(key)?.read().by_key(key).map(look)
    }

    pub(crate) fn began(&self) -> Began {
        Began(self.dropped.load(Acquire))
    }

    /// Puts a copy in, unless its session was changed since the read began.
    pub(crate) fn put(&self, began: Began, place: Place) {
        let recent = self.recent.lock();
        let since = usize::try_from(self.dropped.load(Relaxed) - began.0).unwrap_or(usize::MAX);
        let session = place.session();
        if since > recent.len() || recent.iter().rev().take(since).any(|other| *other == session) {
            return;
        }
        let Some(shard) = self.shard(&place.key()) else { return };
        let mut shard = shard.write();
        if let Some(before) = shard.take(session) {
            // A use that the truth does not know of yet; a clock that went back has none.
            let (seen, now) = (before.seen.load(Relaxed), place.seen.load(Relaxed));
            if seen <= now.saturating_add(1) {
                place.seen.fetch_max(seen, Relaxed);
            }
        }
        if shard.len() >= self.most {
            self.evict(&mut shard);
        }
        shard.put(place);
    }

    /// Of a few places under the hand, the one that was unused for longest goes.
    fn evict(&self, shard: &mut Shelf<Place>) {
        let places = shard.places().max(1);
        let start = self.hand.fetch_add(LOOKS, Relaxed);
        let looked_at = (0..LOOKS).filter_map(|step| shard.at((start + step) % places));
        let victim = looked_at.min_by_key(|place| place.seen.load(Relaxed)).map(Shelved::session);
        // An empty stretch: whoever comes first after it.
        let victim = victim
            .or_else(|| (0..places).find_map(|at| shard.at((start + at) % places)).map(Shelved::session));
        if let Some(victim) = victim {
            shard.take(victim);
        }
    }

    /// Each shard may have a copy, for another client or an earlier ticket.
    fn take(&self, session: SessionId) {
        let holds = |shard: &&RwLock<Shelf<Place>>| shard.read().by_session(session).is_some();
        for shard in self.shards.iter().filter(holds) {
            shard.write().take(session);
        }
    }

    /// When a session was last seen through one of its copies.
    pub(crate) fn seen(&self, session: SessionId) -> Option<Time> {
        let seen = |shard: &RwLock<Shelf<Place>>| {
            shard.read().by_session(session).map(|place| place.seen.load(Relaxed))
        };
        self.shards.iter().filter_map(seen).max().map(from_seconds)
    }

    /// Drops the copies of sessions that were changed.
    pub(crate) fn forget(&self, sessions: &[SessionId]) {
        for session in sessions {
            let mut recent = self.recent.lock();
            recent.push_back(*session);
            if recent.len() > REMEMBERED {
                recent.pop_front();
            }
            self.dropped.fetch_add(1, Release);
            drop(recent);
            self.take(*session);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }
}
