//! A store with an engine on it, and its engine by itself.

use crate::raw::{self, Raw};
use cloakroom_authority::record_mac;
use cloakroom_bench::timing::timed;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_servers::{postgres, redis};
use cloakroom_store::stores::{Durable, Stores};
use cloakroom_store_postgres::PostgresStore;
use cloakroom_store_redis::{Options, RedisLedger};
use cloakroom_store_split::SplitStore;
use cloakroom_store_sqlite::SqliteStore;
use cloakroom_testkit::engine::{Engine, Failure, ring, wait};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The stores that are measured.
pub(crate) const ALL: [&str; 5] = ["sqlite", "postgres", "sqlite+redis", "postgres+redis", "redis"];
/// How many ask at once.
pub(crate) const CALLERS: u64 = 64;
/// How often two sides take turns.
pub(crate) const ROUNDS: usize = 5;

/// One of them.
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) engine: Engine,
    pub(crate) raw: Box<dyn Raw>,
    /// Another process on the same store, as far as there may be one.
    pub(crate) other: Option<Engine>,
    /// How the engine by itself is called in a report.
    pub(crate) baseline: &'static str,
    _folder: TempDir,
    _runtime: Arc<Runtime>,
}

/// A folder where files are in memory, like those of the servers.
fn folder() -> Result<TempDir, Failure> {
    Ok(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?)
}

fn postgres_at(runtime: &Runtime, url: &str) -> Result<Stores, Failure> {
    Ok(runtime.block_on(PostgresStore::open(url))?.into_stores())
}

fn alone(runtime: &Runtime, url: &str) -> Result<Stores, Failure> {
    let ledger = runtime.block_on(RedisLedger::open(url))?;
    beside(runtime, RedisLedger::durable(Arc::new(ledger)), url)
}

fn beside(runtime: &Runtime, durable: impl Into<Durable>, url: &str) -> Result<Stores, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mac = record_mac(&ring()?).map_err(|_| "no key")?;
    let redis = Arc::new(runtime.block_on(Options::at(url, mac).open())?);
    let _on_it = runtime.enter();
    Ok(SplitStore::stores(Arc::new(SplitStore::new(redis.clone(), durable, clock)), redis))
}

impl World {
    pub(crate) fn open(name: &'static str) -> Result<Self, Failure> {
        let (folder, runtime) = (folder()?, Arc::new(Runtime::new()?));
        let file = |name: &str| -> PathBuf { folder.path().join(name) };
        let redis = name.ends_with("redis").then(redis::Redis::shared).transpose()?;
        let bare = redis.map(|redis| format!("redis://127.0.0.1:{}", redis.port()));
        let url = redis.map(|redis| redis.url(&redis.prefix()));
        let (stores, other, raw): (Stores, Option<Stores>, Box<dyn Raw>) = match (name, &url, &bare) {
            ("redis", Some(url), Some(bare)) => {
                let raw = raw::RedisLog::open(&runtime, bare)?;
                (alone(&runtime, url)?, Some(alone(&runtime, url)?), Box::new(raw))
            }
            _ if name.starts_with("sqlite") => {
                let stores = wait(SqliteStore::open(file("ours.db")))?.into_stores();
                (stores, None, Box::new(raw::Sqlite::open(&file("raw.db"))?))
            }
            _ => {
                let server = postgres::Postgres::shared()?;
                let (ours, bare) = (server.url(&server.database()?), server.url(&server.database()?));
                let other = postgres_at(&runtime, &ours)?;
                (postgres_at(&runtime, &ours)?, Some(other), Box::new(raw::Postgres::open(&runtime, &bare)?))
            }
        };
        let raw = match &bare {
            Some(bare) => Box::new(raw::Redis::open(&runtime, bare, raw)?),
            None => raw,
        };
        let (stores, other) = match &url {
            Some(url) if name != "redis" => {
                let other = other.map(|other| beside(&runtime, other, url)).transpose()?;
                (beside(&runtime, stores, url)?, other)
            }
            _ => (stores, other),
        };
        let engine = Engine::on(stores, 1_000_000)?;
        let other = other.map(|other| Engine::on(other, 1_000_000)).transpose()?;
        let baseline = match name {
            "sqlite" => "the same rows by a bare group commit",
            "postgres" => "the same rows over as many bare connections",
            "redis" => "a bare HSET, and one for the rows of the log",
            _ => "a bare HSET, and the rows of the log by the other engine alone",
        };
        Ok(Self { name, engine, raw, other, baseline, _folder: folder, _runtime: runtime })
    }
}

/// Does something from many callers at once. Answers how much of it a second, and how long each took in microseconds.
pub(crate) fn per_second(
    each: u64,
    act: impl Fn(u64) -> Result<(), Failure> + Sync,
) -> Result<(f64, Vec<f64>), Failure> {
    let act = &act;
    let (done, time) = timed(|| {
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    scope.spawn(move || {
                        let one = |number| {
                            let (done, time) = timed(|| act(caller * each + number));
                            done.map(|()| time.as_secs_f64() * 1e6)
                        };
                        (0..each).map(one).collect::<Result<Vec<f64>, Failure>>()
                    })
                })
                .collect();
            let mut times = Vec::new();
            for caller in callers {
                times.extend(caller.join().map_err(|_| "a caller panicked")??);
            }
            Ok::<_, Failure>(times)
        })
    });
    Ok(((CALLERS * each) as f64 / time.as_secs_f64(), done?))
}
