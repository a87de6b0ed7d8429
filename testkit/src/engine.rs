//! An engine on an SQLite store, the way an app has one, under a root key that tests know.

use cloakroom_authority::session::{Presented, SignIn, SignedIn};
use cloakroom_authority::{Authority, Denied, Settings};
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
use cloakroom_store::stores::Stores;
use cloakroom_store_sqlite::Options;
use std::path::Path;
use std::sync::Arc;

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

impl Engine {
    /// Opens the store of a file under the system's clock.
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
