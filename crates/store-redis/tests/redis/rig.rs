//! Sessions on a real server, everything else in memory.

use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::digest::Digest;
use cloakroom_servers::redis::Redis;
use cloakroom_store::cells::RecordMac;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::stores::{Durable, Stores};
use cloakroom_store::suite::Rig;
use cloakroom_store_redis::{Options, RedisLedger, RedisStore};
use cloakroom_store_split::SplitStore;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// A key of its own. It is the form of one, and no secret.
pub(crate) struct Mac(pub(crate) u8);

impl RecordMac for Mac {
    fn tag(&self, parts: &[&[u8]]) -> Option<(u16, [u8; 16])> {
        let digest = Digest::of(&[&[&[self.0][..]], parts].concat());
        digest.0.first_chunk().map(|tag| (1, *tag))
    }

    fn is_ours(&self, key: u16, parts: &[&[u8]], tag: &[u8; 16]) -> bool {
        key == 1 && self.tag(parts) == Some((1, *tag))
    }
}

pub(crate) fn open(url: &str, clock: &ManualClock) -> Arc<RedisStore> {
    let options = Options::at(url, Arc::new(Mac(1))).clock(Arc::new(clock.clone()));
    Arc::new(runtime().block_on(options.open()).unwrap())
}

/// Both as one.
pub(crate) fn beside(durable: impl Into<Durable>, redis: &Arc<RedisStore>, clock: Arc<dyn Clock>) -> Stores {
    let _on_it = runtime().enter();
    SplitStore::stores(Arc::new(SplitStore::new(redis.clone(), durable, clock)), redis.clone())
}

/// Facts and keys where the sessions are.
pub(crate) fn ledger(url: &str, clock: &ManualClock) -> Arc<RedisLedger> {
    Arc::new(runtime().block_on(RedisLedger::open_on(url, Arc::new(clock.clone()))).unwrap())
}

pub(crate) fn alone(url: &str, clock: &ManualClock) -> Stores {
    beside(RedisLedger::durable(ledger(url, clock)), &open(url, clock), Arc::new(clock.clone()))
}

pub(crate) fn rig() -> Rig {
    let (server, clock) = (Redis::shared().unwrap(), ManualClock::default());
    let redis = open(&server.url(&server.prefix()), &clock);
    let durable = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
    let stores = beside(durable, &redis, Arc::new(clock.clone()));
    let mut rig = Rig::of(stores, clock);
    rig.forgets_buckets = true;
    rig
}
