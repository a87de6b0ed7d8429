//! An engine on a store of its own, and short words for what tests do.

use cloakroom_authority::session::{Checked, Presented, SignIn, SignedIn};
use cloakroom_authority::{Authority, Denied, OpenError, Settings, record_mac};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::{ManualClock, SeededEntropy};
use cloakroom_model::records::event::{Actor, Event, EventName, Origin};
use cloakroom_model::records::session::Device;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::patch::{Change, NOTHING};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::stores::Stores;
use cloakroom_store::watch::{Told, Watch, Watcher};
use cloakroom_store_redis::RedisLedger;
use cloakroom_store_split::SplitStore;
use cloakroom_store_sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use std::path::PathBuf;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread::scope;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A store that others write to: its watchers are told of nothing, up to a time.
pub(crate) struct Elsewhere(Mutex<Span>);

impl Watch for Elsewhere {
    fn watch(&self, _: &Arc<dyn Watcher>) {}

    fn told(&self) -> Told {
        Told::UpTo(*self.0.lock())
    }
}

impl Elsewhere {
    pub(crate) fn is_told(&self, world: &World) {
        *self.0.lock() = world.clock.since_boot();
    }
}

pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) authority: Authority,
    pub(crate) stores: Stores,
    pub(crate) clock: ManualClock,
    pub(crate) sqlite: Option<Arc<SqliteStore>>,
    pub(crate) database: PathBuf,
    pub(crate) folder: TempDir,
    pub(crate) host: Host,
    pub(crate) client: Client,
    pub(crate) origin: Origin,
    pub(crate) groups: Vec<Group>,
    pub(crate) device: Device,
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

pub(crate) fn ring() -> KeyRing {
    KeyRing::draw(&SeededEntropy::new(77)).unwrap()
}

pub(crate) fn engine(stores: Stores, clock: &ManualClock, seed: u64, policy: SessionPolicy) -> Authority {
    engine_with(stores, clock, seed, policy, ring(), 10_000)
}

pub(crate) fn engine_with(
    stores: Stores,
    clock: &ManualClock,
    seed: u64,
    policy: SessionPolicy,
    ring: KeyRing,
    known_at_most: usize,
) -> Authority {
    wait(open_with(stores, clock, seed, policy, ring, known_at_most)).unwrap()
}

pub(crate) async fn open_with(
    stores: Stores,
    clock: &ManualClock,
    seed: u64,
    policy: SessionPolicy,
    ring: KeyRing,
    known_at_most: usize,
) -> Result<Authority, OpenError> {
    let (issuer, audience) = ("https://login.example", "https://api.example");
    let tokens = TokenPolicy::of(issuer.parse().unwrap(), audience.parse().unwrap());
    let settings = Settings {
        stores,
        ring,
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(SeededEntropy::new(seed)),
        policy,
        known_at_most,
        tokens: Some(tokens),
        assertions: None,
        may_forget: false,
    };
    Authority::open(settings).await
}

pub(crate) fn memory(policy: SessionPolicy) -> World {
    let clock = ManualClock::default();
    let limits = Limits { anonymous: 100, ..Limits::default() };
    let stores = MemoryStore::open(Arc::new(clock.clone()), limits).into_stores();
    world("memory", stores, clock, None, TempDir::new().unwrap(), policy)
}

pub(crate) fn sqlite(policy: SessionPolicy) -> World {
    let (clock, folder) = (ManualClock::default(), TempDir::new().unwrap());
    let store = Options::at(folder.path().join("store.db")).clock(Arc::new(clock.clone())).open().unwrap();
    let store = Arc::new(store);
    world("sqlite", SqliteStore::stores(store.clone()), clock, Some(store), folder, policy)
}

/// What stores that need one run on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
    })
}

/// A store that nobody else writes to, whatever it believes: in these tests time leaps, and no proof is as fast.
struct Alone(Arc<dyn Watch>);

impl Watch for Alone {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.0.watch(watcher);
    }
}

pub(crate) fn postgres(policy: SessionPolicy) -> World {
    let (clock, server) = (ManualClock::default(), Postgres::shared().unwrap());
    let url = server.url(&server.database().unwrap());
    let options = cloakroom_store_postgres::Options::at(url).clock(Arc::new(clock.clone()));
    let stores = runtime().block_on(options.open()).unwrap().into_stores();
    let stores = Stores { watch: Arc::new(Alone(stores.watch.clone())), ..stores };
    world("postgres", stores, clock, None, TempDir::new().unwrap(), policy)
}

/// Sessions on a Redis server, everything else in SQLite.
pub(crate) fn apart_on(url: &str, policy: SessionPolicy) -> World {
    let (clock, folder) = (ManualClock::default(), TempDir::new().unwrap());
    let store = Options::at(folder.path().join("store.db")).clock(Arc::new(clock.clone())).open().unwrap();
    let options = cloakroom_store_redis::Options::at(url, record_mac(&ring()).unwrap());
    let redis = runtime().block_on(options.clock(Arc::new(clock.clone())).open()).unwrap();
    let (redis, _on_it) = (Arc::new(redis), runtime().enter());
    let both = SplitStore::new(redis.clone(), store.into_stores(), Arc::new(clock.clone()));
    let stores = SplitStore::stores(Arc::new(both), redis);
    world("sqlite+redis", stores, clock, None, folder, policy)
}

/// Nothing but a Redis server.
fn on_redis(policy: SessionPolicy) -> World {
    let (clock, server) = (ManualClock::default(), Redis::shared().unwrap());
    let (url, system) = (server.url(&server.prefix()), Arc::new(clock.clone()));
    let options = cloakroom_store_redis::Options::at(&url, record_mac(&ring()).unwrap());
    let redis = Arc::new(runtime().block_on(options.clock(system.clone()).open()).unwrap());
    let ledger = runtime().block_on(RedisLedger::open_on(&url, system.clone())).unwrap();
    let _on_it = runtime().enter();
    let both = SplitStore::new(redis.clone(), RedisLedger::durable(Arc::new(ledger)), system);
    let stores = SplitStore::stores(Arc::new(both), redis);
    let stores = Stores { watch: Arc::new(Alone(stores.watch.clone())), ..stores };
    world("redis", stores, clock, None, TempDir::new().unwrap(), policy)
}

fn apart(policy: SessionPolicy) -> World {
    let server = Redis::shared().unwrap();
    apart_on(&server.url(&server.prefix()), policy)
}

/// A fresh engine on each store.
pub(crate) fn worlds() -> [World; 5] {
    let policy = SessionPolicy::default;
    [memory(policy()), sqlite(policy()), postgres(policy()), apart(policy()), on_redis(policy())]
}

fn world(
    name: &'static str,
    stores: Stores,
    clock: ManualClock,
    sqlite: Option<Arc<SqliteStore>>,
    folder: TempDir,
    policy: SessionPolicy,
) -> World {
    World {
        name,
        authority: engine(stores.clone(), &clock, 1, policy),
        stores,
        clock,
        sqlite,
        database: folder.path().join("store.db"),
        folder,
        host: "app.example".parse().unwrap(),
        client: Client { address: None, agent: Some("Firefox".into()), tls: None },
        origin: Origin::default(),
        groups: groups(&["staff"]),
        device: Device { label: "Firefox on Linux".into(), ..Device::default() },
    }
}

pub(crate) fn subject(name: &str) -> SubjectId {
    name.parse().unwrap()
}

pub(crate) fn groups(names: &[&str]) -> Vec<Group> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

pub(crate) fn admin() -> By {
    By { actor: Actor::Admin(subject("root")), origin: Origin::default() }
}

pub(crate) fn change(name: &str, value: u32) -> Change {
    let mut change = Change::default();
    change.set(name, &value).unwrap();
    change
}

pub(crate) fn refusal<T: core::fmt::Debug>(answer: Result<T, Denied>) -> Refusal {
    let denied = answer.unwrap_err();
    denied.refusal().unwrap_or_else(|| panic!("not a refusal: {denied:?}"))
}

impl World {
    /// An engine on the same store that is told of nothing, until somebody says that it was.
    pub(crate) fn of_another_process(&self) -> (Authority, Arc<Elsewhere>) {
        let elsewhere = Arc::new(Elsewhere(Mutex::new(self.clock.since_boot())));
        let stores = Stores { watch: elsewhere.clone(), ..self.stores.clone() };
        (engine(stores, &self.clock, 9, SessionPolicy::default()), elsewhere)
    }

    /// What becomes of something while everything of a user ends.
    pub(crate) fn beside_the_end_of_all<T: Send>(&self, name: &str, act: impl FnOnce() -> T + Send) -> T {
        let barrier = Barrier::new(2);
        scope(|scope| {
            let acting = scope.spawn(|| {
                barrier.wait();
                act()
            });
            barrier.wait();
            wait(self.authority.end_all(&subject(name), &Why::CredentialChanged, &admin())).unwrap();
            acting.join().unwrap()
        })
    }

    pub(crate) fn pass(&self, span: Span) {
        self.clock.advance(span);
    }

    pub(crate) fn proof(&self, name: &str) -> LoginProof {
        let attempt = wait(self.authority.begin_login(&subject(name))).unwrap();
        attempt.proven(vec!["pwd".parse().unwrap()], self.clock.now())
    }

    pub(crate) fn sign_in_request<'a>(&'a self, proof: &'a LoginProof, own: Option<SessionId>) -> SignIn<'a> {
        SignIn {
            proof,
            host: &self.host,
            class: SignedInClass::Browser,
            groups: &self.groups,
            parent: None,
            own,
            client: &self.client,
            device: &self.device,
            origin: &self.origin,
            change: &NOTHING,
        }
    }

    pub(crate) fn sign_in_with(
        &self,
        proof: &LoginProof,
        own: Option<SessionId>,
    ) -> Result<SignedIn, Denied> {
        wait(self.authority.sign_in(&self.sign_in_request(proof, own)))
    }

    pub(crate) fn sign_in_under(&self, name: &str, parent: SessionId) -> SignedIn {
        let proof = self.proof(name);
        let sign_in = SignIn { parent: Some(parent), ..self.sign_in_request(&proof, None) };
        wait(self.authority.sign_in(&sign_in)).unwrap()
    }

    pub(crate) fn sign_in(&self, name: &str) -> SignedIn {
        self.sign_in_with(&self.proof(name), None).unwrap()
    }

    pub(crate) fn presented<'a>(&'a self, ticket: &'a Ticket) -> Presented<'a> {
        Presented {
            ticket,
            host: &self.host,
            client: &self.client,
            origin: &self.origin,
            renewable: true,
            purpose: Purpose::Use,
        }
    }

    pub(crate) fn check(&self, ticket: &Ticket) -> Result<Checked, Denied> {
        wait(self.authority.check(&self.presented(ticket)))
    }

    pub(crate) fn step_up(&self, own: &Checked, proof: &LoginProof) -> Result<SignedIn, Denied> {
        wait(self.authority.step_up(own, proof, &self.client, &self.origin))
    }

    pub(crate) fn known(&self, ticket: &Ticket) -> Option<Result<Checked, Denied>> {
        self.authority.known(ticket, &self.host, &self.client)
    }

    /// Whether the answer comes from memory alone.
    pub(crate) fn is_known(&self, ticket: &Ticket) -> bool {
        matches!(self.known(ticket), Some(Ok(_)))
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        let lanes = wait(self.stores.events.chains()).unwrap();
        let tail = |lane| wait(self.stores.events.tail(lane, 0, 100_000)).unwrap();
        lanes.into_iter().flat_map(|(lane, _)| tail(lane)).filter_map(|link| link.event).collect()
    }

    pub(crate) fn told(&self, session: SessionId) -> Vec<EventName> {
        let events = self.events().into_iter();
        events.filter(|event| event.session == Some(session)).map(|event| event.name).collect()
    }
}
