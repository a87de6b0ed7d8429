//! An engine on a store, the way an app has one, under a root key that tests know.

use cloakroom_authority::session::{Presented, SignIn, SignedIn};
use cloakroom_authority::{Authority, Denied, Settings, record_mac};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Device;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::Purpose;
use cloakroom_rules::session::patch::NOTHING;
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_store::stores::{Durable, Stores};
use cloakroom_store_redis::RedisLedger;
use cloakroom_store_split::SplitStore;
use cloakroom_store_sqlite::Options;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use tokio::runtime::Runtime;

/// Anything that went wrong, for programs that stop at the first thing.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An engine, and what every request to it has in common.
#[derive(Debug)]
pub struct Engine {
    /// The engine.
    pub authority: Authority,
    /// Its store.
    pub stores: Stores,
    host: Host,
    client: Client,
    origin: Origin,
}

/// The root key of all tests.
pub fn ring() -> Result<KeyRing, Failure> {
    Ok(KeyRing::draw(&SeededEntropy::new(42))?)
}

/// Waits for an answer, without a runtime.
pub fn wait<T>(answer: impl Future<Output = T>) -> T {
    pollster::block_on(answer)
}

/// What stores that need one run on.
pub fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let made = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok();
    RUNTIME.get_or_init(made).as_ref().ok_or_else(|| "no runtime".into())
}

/// Where a store is: a file or the address of a PostgreSQL database, and perhaps the address of a Redis server for its sessions; or that of a
/// Redis server alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What decides.
    pub durable: String,
    /// Where sessions are, if apart.
    pub sessions: Option<String>,
}

async fn beside(durable: Durable, sessions: &str) -> Result<Stores, Failure> {
    let mac = record_mac(&ring()?)?;
    let redis = Arc::new(cloakroom_store_redis::Options::at(sessions, mac).open().await?);
    let both = SplitStore::new(redis.clone(), durable, Arc::new(SystemClock));
    Ok(SplitStore::stores(Arc::new(both), redis))
}

impl Place {
    /// Opens what is there.
    pub fn stores(&self) -> Result<Stores, Failure> {
        runtime()?.block_on(self.open())
    }

    async fn open(&self) -> Result<Stores, Failure> {
        let is_at = |scheme| self.durable.starts_with(scheme);
        if is_at("redis:") {
            let ledger = RedisLedger::open(&self.durable).await?;
            return beside(RedisLedger::durable(Arc::new(ledger)), &self.durable).await;
        }
        let durable = match is_at("postgres:") {
            true => cloakroom_store_postgres::PostgresStore::open(&self.durable).await?.into_stores(),
            false => Options::at(&self.durable).open()?.into_stores(),
        };
        match &self.sessions {
            Some(sessions) => beside(durable.into(), sessions).await,
            None => Ok(durable),
        }
    }
}

impl Engine {
    /// Opens the store of a place under the system's clock.
    pub fn at(place: &Place, known_at_most: usize) -> Result<Self, Failure> {
        Self::on(place.stores()?, known_at_most)
    }

    /// The same for a file.
    pub fn open(database: &Path, known_at_most: usize) -> Result<Self, Failure> {
        Self::on(Options::at(database).open()?.into_stores(), known_at_most)
    }

    /// An engine on stores that are open already.
    pub fn on(stores: Stores, known_at_most: usize) -> Result<Self, Failure> {
        Self::under(ring()?, "app.example", stores, known_at_most)
    }

    /// The same under another root key, for another host.
    pub fn under(ring: KeyRing, host: &str, stores: Stores, known_at_most: usize) -> Result<Self, Failure> {
        let authority = wait(Authority::open(Settings {
            stores: stores.clone(),
            ring,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::open()?),
            policy: SessionPolicy { sessions_at_most: 1_000, ..SessionPolicy::default() },
            known_at_most,
            tokens: None,
            assertions: None,
            may_forget: false,
        }))?;
        let host = host.parse().map_err(|_| "a host that is none")?;
        Ok(Self { authority, stores, host, client: Client::default(), origin: Origin::default() })
    }

    /// A proof for a subject, as good as any.
    pub async fn proof(&self, subject: &SubjectId) -> Result<LoginProof, Denied> {
        let attempt = self.authority.begin_login(subject).await?;
        Ok(attempt.proven(Vec::new(), SystemClock.now()))
    }

    /// Signs a subject in.
    pub async fn sign_in(&self, subject: &SubjectId) -> Result<SignedIn, Denied> {
        let proof = self.proof(subject).await?;
        let sign_in = SignIn {
            proof: &proof,
            host: &self.host,
            class: SignedInClass::Browser,
            groups: &[],
            parent: None,
            own: None,
            client: &self.client,
            device: &Device::default(),
            origin: &self.origin,
            change: &NOTHING,
        };
        self.authority.sign_in(&sign_in).await
    }

    /// A ticket as a request presents it.
    #[must_use]
    pub const fn presented<'a>(&'a self, ticket: &'a Ticket) -> Presented<'a> {
        Presented {
            ticket,
            host: &self.host,
            client: &self.client,
            origin: &self.origin,
            renewable: false,
            purpose: Purpose::Use,
        }
    }

    /// Who every request comes from.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Where events say requests came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}
