//! The engine of the program: store, root key, people, and the pages' site.

use crate::breaches::{BreachFile, NoList};
use crate::config::{Config, Session, StoreAt};
use crate::kept::{Kept, NoStore};
use cloakroom_authority::people::People;
use cloakroom_authority::ports::breaches::Breaches;
use cloakroom_authority::ports::hasher::{Hasher, Shape};
use cloakroom_authority::root_key::{of_file, system_entropy};
use cloakroom_authority::{Authority, Settings as EngineSettings, record_mac};
use cloakroom_model::ports::{Clock, Entropy, SystemClock};
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::cookie::policy::CookiePolicy;
use cloakroom_rules::headers::csp::{Csp, Mode};
use cloakroom_rules::headers::security::Hsts;
use cloakroom_rules::people::policy::PeoplePolicy;
use cloakroom_rules::session::lifetimes::{Lifetime, Lifetimes};
use cloakroom_rules::session::policy::SessionPolicy;
use cloakroom_rules::token::policy::TokenPolicy;
use cloakroom_web::headers_layer::REPORTS;
use cloakroom_web::site::{Settings, Site};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Under this purpose stands that a store belongs to development.
const DEV_MARK: &str = "dev";
/// How many sessions are kept in memory at most: 300 bytes each.
const KNOWN_AT_MOST: usize = 1_000_000;

/// What the program is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// For somebody who develops, on their own machine.
    Dev,
    /// For everybody.
    Serve,
}

/// The engine does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoEngine {
    #[error("{0}")]
    Store(#[from] NoStore),
    #[error("{0}")]
    RootKey(#[from] cloakroom_authority::root_key::RootKeyError),
    #[error("{0}")]
    Engine(#[from] cloakroom_authority::OpenError),
    #[error("CK2010: the store does not answer: {0}")]
    Fault(#[from] cloakroom_store::fault::Fault),
    #[error("CK4009: the hashing threads cannot be started: {0}")]
    Threads(std::io::Error),
    #[error("CK4019: the people cannot be opened: {0}")]
    People(#[from] cloakroom_authority::people::NotDone),
    #[error(
        "CK2020: {0} belongs to development, for ever: there are passwords in it that others know\nhint: name another file in [store] url"
    )]
    DevStore(StoreAt),
    #[error(
        "CK2021: {0} is no store of development\nhint: name another folder with --data; `dev` takes nobody's real store"
    )]
    RealStore(StoreAt),
    #[error(
        "CK2006: {0} was put back from a copy, or another server that had not all of it took over: it is older than what was seen of it from here\nhint: accept it on purpose with `cloakroom restore --accept`; every session from before ends then"
    )]
    WentBack(StoreAt),
    #[error(
        "CK2024: there is a store, and its root key {0} is missing\nhint: put it back from where you keep it: what the store has sealed can be read with no other"
    )]
    NoKey(PathBuf),
    #[error("{0}")]
    NoList(#[from] NoList),
}

/// The engine.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    pub(crate) store: Kept,
    pub(crate) people: People,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) hasher: Arc<Hasher>,
    /// Whether letters go out.
    pub(crate) has_mail: bool,
}

/// The account that the operator's link signs in to. It has no password.
pub(crate) const OPERATOR: &str = "operator";

/// Whoever gives commands on this machine.
pub(crate) fn operator() -> By {
    let actor = OPERATOR.parse().map_or(Actor::System, Actor::Admin);
    By { actor, origin: Origin::default() }
}

/// Where the root key lies if nobody says.
pub(crate) fn root_file_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn lifetimes(session: &Session) -> Lifetimes {
    Lifetimes {
        browser: Lifetime { idle: session.idle, absolute: session.absolute },
        remembered: Lifetime { idle: session.remembered_idle, absolute: session.remembered_absolute },
        ..Lifetimes::default()
    }
}

impl Engine {
    /// Opens everything. A store of development is only for that, and no other is.
    pub(crate) async fn open(config: &Config, purpose: Purpose, may_be_made: bool) -> Result<Self, NoEngine> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy = system_entropy()?;
        let store = Kept::open(&config.store, &config.beside, clock.clone(), may_be_made).await?;
        let stores = store.stores();
        let is_new = !Authority::has_begun(&stores).await?;
        if store.went_back(&config.beside).await? {
            return Err(NoEngine::WentBack(config.store.clone()));
        }
        let is_dev = !stores.keys.of_purpose(DEV_MARK).await?.is_empty();
        match purpose {
            Purpose::Serve if is_dev => return Err(NoEngine::DevStore(config.store.clone())),
            Purpose::Dev if !is_dev && !is_new => return Err(NoEngine::RealStore(config.store.clone())),
            Purpose::Dev if is_new => {
                let now = clock.now();
                let id =
                    KeyId::draw(now, &*entropy).map_err(|_| cloakroom_authority::OpenError::NoSecrets)?;
                let (purpose, state) = (DEV_MARK.to_owned(), KeyState::Active);
                let mark =
                    KeyRecord { id, kid: 1, purpose, state, created: now, changed: now, sealed: Vec::new() };
                stores.keys.add(mark, &Trail::none()).await?;
            }
            Purpose::Dev | Purpose::Serve => {}
        }
        let root_file = config.root_file.clone().unwrap_or_else(|| root_file_of(&config.beside));
        if !is_new && !root_file.exists() {
            return Err(NoEngine::NoKey(root_file));
        }
        let ring = of_file(&root_file, &*entropy)?;
        let store = match &config.sessions {
            None => store,
            Some(url) => {
                let mac = record_mac(&ring).map_err(|_| cloakroom_authority::OpenError::NoSecrets)?;
                store.sessions_on(url, mac, clock.clone()).await?
            }
        };
        let policy = SessionPolicy {
            lifetimes: lifetimes(&config.session),
            sessions_at_most: config.session.at_most,
            ..SessionPolicy::default()
        };
        let issuer = config.public_url.as_str();
        let assertions =
            issuer.parse().ok().zip(issuer.parse().ok()).map(|(issuer, own)| TokenPolicy::of(issuer, own));
        let authority = Authority::open(EngineSettings {
            stores: store.stores(),
            ring,
            clock: clock.clone(),
            entropy: entropy.clone(),
            policy,
            known_at_most: KNOWN_AT_MOST,
            tokens: None,
            assertions,
            may_forget: false,
        })
        .await?;
        let shape = Shape { threads: config.hash_threads, ..Shape::default() };
        let hasher = Arc::new(Hasher::start(shape, entropy.clone()).map_err(NoEngine::Threads)?);
        let policy = PeoplePolicy {
            sign_up: config.sign_up,
            password_at_least: config.password_at_least,
            context: config.context_words.clone(),
            deadline: config.deadline,
            ..PeoplePolicy::default()
        };
        let breaches = config.breached.as_deref().map(BreachFile::open).transpose()?;
        let breaches = breaches.map(|list| Arc::new(list) as Arc<dyn Breaches>);
        let people = People::open(authority, hasher.clone(), policy, breaches).await?;
        let has_mail = config.mail.is_some() || purpose == Purpose::Dev;
        Ok(Self { store, people, clock, entropy, hasher, has_mail })
    }

    /// The site of a host: its cookies, its checks, its headers.
    pub(crate) fn site(&self, origin: &WebOrigin) -> Site {
        let cookie = match origin.scheme() {
            Scheme::Https => CookiePolicy::host_http(),
            Scheme::Http => CookiePolicy::dev_loopback(origin.port()),
        };
        Site::new(Settings {
            authority: self.people.authority().clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            origin: origin.clone(),
            answers_to: Vec::new(),
            cookie,
            csrf_cookie: None,
            listed: Vec::new(),
            exempt: Vec::new(),
            csp: Csp::default().reports_to(REPORTS),
            csp_mode: Mode::Enforce,
            hsts: Hsts::default(),
            readers: Vec::new(),
            carried: None,
            lane: None,
            sign_in_page: "/login".to_owned(),
            confirm_page: Some("/account/confirm".to_owned()),
            entrances: ["/signup", "/recover", "/handoff"].map(str::to_owned).to_vec(),
        })
    }
}
