//! What holds everywhere holds at the verifiers of every authority.

use crate::world::{admin, engine, memory, open_with, ring, runtime, subject};
use cloakroom_authority::feed::NotEverywhere;
use cloakroom_authority::{Authority, Denied, record_mac};
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::FollowerId;
use cloakroom_rules::feed::said::Heads;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Watch, Watcher};
use cloakroom_store_postgres::{Options, PostgresStore};
use cloakroom_store_redis::RedisLedger;
use cloakroom_store_split::SplitStore;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::task::JoinHandle;

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);
const VERIFIER: FollowerId = FollowerId { service: ServiceId::from_bytes([7; 16]), process: [1; 16] };

/// A truth that several authorities share.
enum Truth {
    Postgres(&'static Postgres, String),
    Redis(Redis),
}

enum Open {
    Postgres(Arc<PostgresStore>),
    Redis(Arc<RedisLedger>),
}

impl Truth {
    fn all() -> [Self; 2] {
        let postgres = Postgres::shared().unwrap();
        [Self::Postgres(postgres, postgres.database().unwrap()), Self::Redis(Redis::start(&[]).unwrap())]
    }

    async fn open(&self, clock: &ManualClock) -> (Open, Stores) {
        let system: Arc<dyn Clock> = Arc::new(clock.clone());
        match self {
            Self::Postgres(postgres, database) => {
                let store = Options::at(postgres.url(database)).clock(system).open().await.unwrap();
                let store = Arc::new(store);
                (Open::Postgres(store.clone()), PostgresStore::stores(store))
            }
            Self::Redis(redis) => {
                let url = redis.url("truth:");
                let ledger = Arc::new(RedisLedger::open_on(&url, system.clone()).await.unwrap());
                let options = cloakroom_store_redis::Options::at(url, record_mac(&ring()).unwrap());
                let cells = Arc::new(options.clock(system.clone()).open().await.unwrap());
                let both = SplitStore::new(cells.clone(), RedisLedger::durable(ledger.clone()), system);
                (Open::Redis(ledger), SplitStore::stores(Arc::new(both), cells))
            }
        }
    }

    /// By the clock of the server, for whoever is silent.
    fn thirteen_seconds_pass(&self) {
        let said = match self {
            Self::Postgres(postgres, database) => {
                postgres.give(database, "UPDATE ck_server SET seen = seen - interval '13 seconds'")
            }
            Self::Redis(redis) => {
                let passes = "for _, field in ipairs(redis.call('HKEYS', 'truth:{ledger}:processes')) do \
                              if field:sub(1, 1) == 's' then redis.call('HINCRBY', 'truth:{ledger}:processes', field, -13000) end end";
                redis.give(&["EVAL", passes, "0"])
            }
        };
        let said = said.unwrap();
        assert!(!said.starts_with('-'), "{said}");
    }

    /// Nobody can know that it is the same one.
    fn another_one_may_take_over(&self) {
        match self {
            Self::Postgres(postgres, database) => {
                let all = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
                );
                postgres.give("postgres", &all).unwrap();
            }
            Self::Redis(redis) => {
                redis.kill().unwrap();
                redis.run(&[]).unwrap();
            }
        }
    }
}

struct Server {
    store: Open,
    authority: Authority,
    upkeep: JoinHandle<()>,
}

impl Server {
    async fn start(truth: &Truth, clock: &ManualClock, seed: u64) -> Self {
        let (store, stores) = truth.open(clock).await;
        let authority =
            open_with(stores, clock, seed, SessionPolicy::default(), ring(), 1_000).await.unwrap();
        let upkeep = tokio::spawn(authority.clone().keep_up());
        Self { store, authority, upkeep }
    }

    async fn ends_well(&self) {
        match &self.store {
            Open::Postgres(store) => store.shutdown().await.unwrap(),
            Open::Redis(ledger) => ledger.shutdown(),
        }
    }

    /// Somebody is taken back. Time leaps here, and a store that has not proven since that it is the truth is an outage.
    async fn ends(&self, name: &str) {
        while self.authority.end_all(&subject(name), &Why::CredentialChanged, &admin()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    async fn everywhere(&self, at_most: Duration) -> Result<(), NotEverywhere> {
        loop {
            match self.authority.everywhere(at_most).await {
                Err(NotEverywhere::Denied(_)) => tokio::task::yield_now().await,
                waited => return waited,
            }
        }
    }

    /// A verifier that follows this one says that it knows everything.
    async fn verifier_knows(&self) {
        let read = loop {
            match self.authority.read_feed(&Heads::new()).await {
                Ok(read) => break read,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        self.authority.follower_has(VERIFIER, read.of, &read.heads);
    }
}

fn is_behind(waited: &Result<(), NotEverywhere>) -> bool {
    matches!(waited, Err(NotEverywhere::Behind(_)))
}

async fn everywhere_waits_for_others(truth: &Truth) {
    let clock = ManualClock::default();
    let (here, there) = (Server::start(truth, &clock, 1).await, Server::start(truth, &clock, 2).await);
    here.ends("anna").await;
    assert!(is_behind(&here.everywhere(SOON).await), "who followed before a start may believe still");
    clock.advance(Span::seconds(20));
    here.everywhere(LONG).await.unwrap();
    // One that follows the other one has not said that it knows.
    there.authority.follower_joins(VERIFIER, Span::seconds(2)).unwrap();
    there.authority.follower_asks(VERIFIER);
    here.ends("bob").await;
    assert!(is_behind(&here.everywhere(SOON).await), "a verifier of the other does not know");
    there.verifier_knows().await;
    here.everywhere(LONG).await.unwrap();
    // It is gone: when it cannot believe any more what it was told, nobody waits.
    there.authority.follower_asks(VERIFIER);
    here.ends("carl").await;
    assert!(is_behind(&here.everywhere(SOON).await), "one that is gone may believe still");
    clock.advance(Span::seconds(3));
    here.everywhere(LONG).await.unwrap();
    // The other one is gone with all that its verifiers know.
    there.authority.follower_asks(VERIFIER);
    there.upkeep.abort();
    there.ends_well().await;
    here.ends("dora").await;
    assert!(is_behind(&here.everywhere(SOON).await), "nobody speaks for its verifiers");
    truth.thirteen_seconds_pass();
    assert!(is_behind(&here.everywhere(SOON).await), "ten seconds by any clock, and four to notice");
    truth.thirteen_seconds_pass();
    here.everywhere(LONG).await.unwrap();
    // One that ends well, and had none, is waited for by nobody.
    let third = Server::start(truth, &clock, 3).await;
    here.ends("emil").await;
    assert!(is_behind(&here.everywhere(SOON).await), "one that has just started");
    third.upkeep.abort();
    third.authority.shut_down().await.unwrap();
    third.ends_well().await;
    here.everywhere(LONG).await.unwrap();
    here.upkeep.abort();
}

#[test]
fn everywhere_waits_for_the_verifiers_of_others() {
    for truth in Truth::all() {
        runtime().block_on(everywhere_waits_for_others(&truth));
    }
}

/// Whoever takes over for a database may not have the end of what the one before acknowledged, and gives out its numbers once more. A verifier that
/// has come further would never be told of what they are then.
async fn numbers_may_begin_anew(truth: &Truth) {
    let server = Server::start(truth, &ManualClock::default(), 1).await;
    server.ends("anna").await;
    let before = server.authority.read_feed(&Heads::new()).await.unwrap();
    assert_eq!(before.of, server.authority.incarnation());
    truth.another_one_may_take_over();
    while server.authority.incarnation() == before.of {
        tokio::task::yield_now().await;
    }
    let after = loop {
        match server.authority.read_feed(&Heads::new()).await {
            Ok(read) => break read,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_ne!(after.of, before.of, "a verifier goes on where it was");
    assert_eq!(after.heads, before.heads, "nothing was lost this time");
    server.upkeep.abort();
}

#[test]
fn numbers_that_may_begin_anew_are_of_another_truth() {
    for truth in Truth::all() {
        runtime().block_on(numbers_may_begin_anew(&truth));
    }
}

/// Whom an authority lets in by itself it asks its own memory, and that follows the truth some time later.
#[test]
fn everywhere_is_here_too() {
    let world = memory(SessionPolicy::default());
    let (authority, elsewhere) = world.of_another_process();
    world.pass(Span::seconds(20));
    runtime().block_on(async {
        assert!(is_behind(&authority.everywhere(SOON).await), "this process may not know yet");
        elsewhere.is_told(&world);
        authority.everywhere(LONG).await.unwrap();
    });
}

/// Another server answers each time.
#[derive(Default)]
struct Fickle(AtomicU64);

impl Watch for Fickle {
    fn watch(&self, _: &Arc<dyn Watcher>) {}

    fn era(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

#[test]
fn what_was_read_of_two_truths_is_of_neither() {
    let world = memory(SessionPolicy::default());
    let stores = Stores { watch: Arc::new(Fickle::default()), ..world.stores.clone() };
    let authority = engine(stores, &world.clock, 9, SessionPolicy::default());
    let read = runtime().block_on(authority.read_feed(&Heads::new()));
    assert!(matches!(read, Err(Denied::Down(_))), "{read:?}");
}
