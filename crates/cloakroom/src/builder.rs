//! Putting an app together. What cannot be safe is not built.

#[cfg(feature = "redis")]
use crate::apart::whole;
use crate::cloakroom::Cloakroom;
use crate::misuse::Misuse;
use crate::store::{Opened, Store};
use crate::tokens::Tokens;
use cloakroom_authority::carried::Wrapping;
use cloakroom_authority::ports::hasher::{Hasher, Shape};
use cloakroom_authority::{Authority, Settings as Engine, root_key};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::cookie::domain::SharedDomain;
use cloakroom_rules::cookie::policy::CookiePolicy;
use cloakroom_rules::headers::csp::{Csp, Mode};
use cloakroom_rules::headers::security::Hsts;
use cloakroom_rules::session::policy::{BindingPolicy, SessionPolicy};
use cloakroom_store::guarantees::Durability;
use cloakroom_web::headers_layer::REPORTS;
use cloakroom_web::lane::Keeps;
use cloakroom_web::safe_return::safe_return;
use cloakroom_web::site::{Exempt, Settings, Site};
use core::future::Future;
use core::pin::Pin;
use std::path::PathBuf;
use std::sync::Arc;

/// How many sessions are kept in memory at most: 300 bytes each.
const KNOWN_AT_MOST: usize = 100_000;

/// A store that is not open yet, and what it says of itself.
struct Opening {
    open: Box<dyn FnOnce(Arc<dyn Clock>) -> Opened + Send>,
    key_file: Option<PathBuf>,
    may_forget: Option<&'static str>,
}

enum KeySource {
    Text(Secret<String>),
    File(PathBuf),
    Service(Fetch),
}

type NotFetched = Box<dyn core::error::Error + Send + Sync>;
type Fetch = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Result<String, NotFetched>> + Send>> + Send>;

enum CookieChoice {
    Fitting,
    Policy(CookiePolicy),
    Shared(String),
    CrossSite(&'static str),
}

/// What an app is made of. Everything but a store and an origin has a safe default.
pub struct Builder {
    store: Option<Opening>,
    /// Where sessions are kept, if apart.
    sessions: Option<Secret<String>>,
    carried: Option<Wrapping>,
    tokens: Option<Tokens>,
    signed_because: Option<&'static str>,
    origin: String,
    key: Option<KeySource>,
    cookie: CookieChoice,
    csrf_cookie: bool,
    trusted: Vec<String>,
    readers: Vec<String>,
    exempt: Vec<Exempt>,
    csp: Csp,
    csp_mode: Mode,
    hsts: Hsts,
    sign_in_page: String,
    confirm_page: Option<String>,
    entrances: Vec<String>,
    answers_to: Vec<String>,
    policy: SessionPolicy,
    hashing: Shape,
    clock: Arc<dyn Clock>,
}

impl core::fmt::Debug for Builder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Builder").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Cloakroom {
    /// Puts one together.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        Self {
            store: None,
            sessions: None,
            carried: None,
            tokens: None,
            signed_because: None,
            origin: String::new(),
            key: None,
            cookie: CookieChoice::Fitting,
            csrf_cookie: false,
            trusted: Vec::new(),
            readers: Vec::new(),
            exempt: Vec::new(),
            csp: Csp::default().reports_to(REPORTS),
            csp_mode: Mode::Enforce,
            hsts: Hsts::default(),
            sign_in_page: "/sign-in".to_owned(),
            confirm_page: None,
            entrances: Vec::new(),
            answers_to: Vec::new(),
            policy: SessionPolicy::default(),
            hashing: Shape::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Where sessions are kept.
    #[must_use]
    pub fn store(mut self, store: impl Store + Send + 'static) -> Self {
        let (key_file, may_forget) = (store.key_file(), store.may_forget());
        self.store = Some(Opening { open: Box::new(|clock| store.open(clock)), key_file, may_forget });
        self
    }

    /// Sessions are kept on a Redis or Valkey server (`rediss://…`), and the store decides what was taken back:
    /// `docs/operations/stores.md`.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn sessions_on(mut self, url: impl Into<String>) -> Self {
        self.sessions = Some(Secret::new(url.into()));
        self
    }

    /// Sessions are carried by their own cookies, encrypted. The store keeps no session, only what was taken back, so that
    /// signing out and revoking hold. What each kind of session promises: `docs/guide/kinds-of-session.md`.
    #[must_use]
    pub const fn sealed_cookies(mut self) -> Self {
        (self.carried, self.signed_because) = (Some(Wrapping::Sealed), None);
        self
    }

    /// The same, signed and not encrypted: whoever holds the cookie can read what is in it. The reason is for whoever
    /// reads the code.
    #[must_use]
    pub const fn signed_cookies(mut self, reason: &'static str) -> Self {
        (self.carried, self.signed_because) = (Some(Wrapping::Signed), Some(reason));
        self
    }

    /// Tokens, for apps, scripts and, if they are to have some, for browsers. Which of it fits whom:
    /// `docs/guide/sessions-or-tokens.md`.
    #[must_use]
    pub fn tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Where browsers reach the app: `https://app.example.com`, or `http://localhost:3000` while it is made. Cookies,
    /// CSRF and headers follow from it.
    #[must_use]
    pub fn origin(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    /// Another name under which the app answers, without its port: what a health check asks for, say. Browsers are at home at the
    /// origin; who asks under any other name gets 421.
    #[must_use]
    pub fn answers_to(mut self, name: &str) -> Self {
        self.answers_to.push(name.to_owned());
        self
    }

    /// The root key from an environment variable or a secret manager. Without it one is made beside the store.
    #[must_use]
    pub fn root_key(mut self, text: String) -> Self {
        self.key = Some(KeySource::Text(Secret::new(text)));
        self
    }

    /// The root key from a key service: it is asked once, by `build()`. If it does not answer the app is not built, and no other key is made.
    #[must_use]
    pub fn root_key_from<F, E>(mut self, fetch: impl FnOnce() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: Into<NotFetched>,
    {
        let fetch: Fetch = Box::new(move || Box::pin(async move { fetch().await.map_err(Into::into) }));
        self.key = Some(KeySource::Service(fetch));
        self
    }

    /// The root key in a file of its own. It is made if it is not there.
    #[must_use]
    pub fn root_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(KeySource::File(path.into()));
        self
    }

    /// What session cookies are like. The default is the strictest that works for an app with links to it.
    #[must_use]
    pub fn cookie(mut self, policy: CookiePolicy) -> Self {
        self.cookie = CookieChoice::Policy(policy);
        self
    }

    /// Session cookies for every host under a domain. Each of them can then read and set them: a hole in one is a hole in
    /// all.
    #[must_use]
    pub fn shared_domain(mut self, domain: &str) -> Self {
        self.cookie = CookieChoice::Shared(domain.to_owned());
        self
    }

    /// Session cookies that work where the app is embedded in other sites.
    #[must_use]
    pub fn embedded_in_other_sites(mut self, reason: &'static str) -> Self {
        self.cookie = CookieChoice::CrossSite(reason);
        self
    }

    /// Form tokens stand in a cookie too, which script may read and send back as `X-CSRF-Token` (or `X-CSRFToken`): for apps that
    /// are one page, and not in frames of other sites. The cookie alone proves nothing. It is set whenever a token is made (`CsrfToken`) and whenever the ticket
    /// changes.
    #[must_use]
    pub const fn csrf_cookie(mut self) -> Self {
        self.csrf_cookie = true;
        self
    }

    /// Another origin whose requests are meant, to the letter.
    #[must_use]
    pub fn trusts(mut self, origin: &str) -> Self {
        self.trusted.push(origin.to_owned());
        self
    }

    /// Another origin whose script may read answers, with the user's cookies.
    #[must_use]
    pub fn readable_by(mut self, origin: &str) -> Self {
        self.readers.push(origin.to_owned());
        self
    }

    /// A route, by its template, that is not looked at for CSRF, and why that is no hole.
    #[must_use]
    pub fn csrf_exempt(mut self, route: &str, reason: &'static str) -> Self {
        self.exempt.push(Exempt { route: route.to_owned(), reason });
        self
    }

    /// What pages may do.
    #[must_use]
    pub fn csp(mut self, csp: Csp) -> Self {
        self.csp = csp;
        self
    }

    /// Only tells what the policy would stop: to find out before it does.
    #[must_use]
    pub fn csp_report_only(mut self) -> Self {
        self.csp_mode = Mode::ReportOnly;
        self
    }

    /// For how long browsers are told to come over TLS only.
    #[must_use]
    pub fn hsts(mut self, hsts: Hsts) -> Self {
        self.hsts = hsts;
        self
    }

    /// The page somebody is sent to who is not signed in.
    #[must_use]
    pub fn sign_in_page(mut self, path: &str) -> Self {
        path.clone_into(&mut self.sign_in_page);
        self
    }

    /// A page for people who are not signed in, like sign-up or recovery: a session that is over counts as none there, so that
    /// a message can be left for them. The sign-in page is one. To the letter: a path, no template.
    #[must_use]
    pub fn entrance(mut self, path: &str) -> Self {
        self.entrances.push(path.to_owned());
        self
    }

    /// The page somebody is sent to whose proof is too old for where they go (`Authenticated<_, Fresh<…>>`). It asks for the
    /// proof, calls `step_up`, and sends them back to `return_to`.
    #[must_use]
    pub fn confirm_page(mut self, path: &str) -> Self {
        self.confirm_page = Some(path.to_owned());
        self
    }

    /// Lifetimes, limits, binding.
    #[must_use]
    pub fn policy(mut self, policy: SessionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How many threads hash passwords, at what cost.
    #[must_use]
    pub const fn hashing(mut self, shape: Shape) -> Self {
        self.hashing = shape;
        self
    }

    /// Another clock than the system's. A store that was opened by itself has its own.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks everything, starts the engine and its upkeep on the current runtime.
    pub async fn build(self) -> Result<Cloakroom, Misuse> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| Misuse::NoRuntime)?;
        let origin = parsed(&self.origin)?;
        if origin.scheme() == Scheme::Http && !origin.is_loopback() {
            return Err(Misuse::PlainHttp(self.origin));
        }
        let tokens = self.tokens.map(|tokens| tokens.of(&origin)).transpose()?;
        let (policy_of_tokens, lane) = tokens.unzip();
        let has_own = lane.as_ref().is_some_and(|lane| lane.keeps != Keeps::Sessions);
        if has_own && (self.carried.is_some() || !matches!(self.cookie, CookieChoice::Fitting)) {
            return Err(Misuse::TwoLanes);
        }
        if has_own && self.policy.binding != BindingPolicy::Record {
            return Err(Misuse::BoundLane);
        }
        let cookie = self.cookie.of(&origin)?;
        let csrf_cookie = self.csrf_cookie.then(|| match origin.scheme() {
            Scheme::Https => CookiePolicy::csrf_readable(),
            Scheme::Http => CookiePolicy::dev_readable(origin.port()),
        });
        if self.exempt.iter().any(|exempt| exempt.reason.trim().is_empty()) {
            return Err(Misuse::NoReason("`.csrf_exempt(…)`"));
        }
        if self.signed_because.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(Misuse::NoReason("`.signed_cookies(…)`"));
        }
        if let Some(bad) = self.answers_to.iter().find(|name| !is_name(name)) {
            return Err(Misuse::BadName(bad.clone()));
        }
        let is_page = |page: &&String| safe_return(page) == page.as_str() && page.is_ascii();
        let is_path = |page: &&String| is_page(page) && !page.contains(['?', '#', '{']);
        let bad_page = [&self.sign_in_page].into_iter().chain(&self.confirm_page).find(|page| !is_page(page));
        if let Some(bad) = bad_page.or_else(|| self.entrances.iter().find(|page| !is_path(page))) {
            return Err(Misuse::BadPath(bad.clone()));
        }
        let all =
            |origins: &[String]| origins.iter().map(|origin| parsed(origin)).collect::<Result<Vec<_>, _>>();
        let (listed, readers) = (all(&self.trusted)?, all(&self.readers)?);
        let Opening { open, key_file, may_forget } = self.store.ok_or(Misuse::NoStore)?;
        if may_forget.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(Misuse::NoReason("a store of `danger`"));
        }
        let entropy = root_key::system_entropy()?;
        let outlives = self.key.is_some() || key_file.is_some();
        let ring = match (self.key, key_file) {
            (Some(KeySource::Text(text)), _) => root_key::from_text(text.expose())?,
            (Some(KeySource::Service(fetch)), _) => {
                let text = Secret::new(fetch().await.map_err(Misuse::KeyService)?);
                root_key::from_text(text.expose())?
            }
            (Some(KeySource::File(path)), _) | (None, Some(path)) => root_key::of_file(&path, &*entropy)?,
            (None, None) => root_key::drawn(&*entropy)?,
        };
        let opened = open(self.clock.clone());
        let forgets = opened.guarantees().durability == Durability::Process && may_forget.is_none();
        if (self.carried.is_some() || self.sessions.is_some()) && forgets && outlives {
            return Err(Misuse::ForgetfulLedger);
        }
        #[cfg(feature = "redis")]
        let stores = whole(opened, self.sessions, &ring, &self.clock).await?;
        #[cfg(not(feature = "redis"))]
        let Opened::Whole(stores) = opened;
        let authority = Authority::open(Engine {
            stores,
            ring,
            clock: self.clock.clone(),
            entropy: entropy.clone(),
            policy: self.policy,
            known_at_most: KNOWN_AT_MOST,
            tokens: policy_of_tokens,
            assertions: None,
            may_forget: may_forget.is_some(),
        })
        .await?;
        let hasher = Hasher::start(self.hashing, entropy.clone()).map_err(Misuse::Threads)?;
        let site = Site::new(Settings {
            authority: authority.clone(),
            clock: self.clock.clone(),
            entropy,
            origin,
            cookie,
            csrf_cookie,
            listed,
            exempt: self.exempt,
            csp: self.csp,
            csp_mode: self.csp_mode,
            hsts: self.hsts,
            readers,
            carried: self.carried,
            lane,
            sign_in_page: self.sign_in_page,
            confirm_page: self.confirm_page,
            entrances: self.entrances,
            answers_to: self.answers_to,
        });
        Cloakroom::start(site, hasher, &runtime).await
    }
}

/// Whether it is the name of a host, and nothing else.
fn is_name(text: &str) -> bool {
    let origin = format!("https://{}", text.to_ascii_lowercase()).parse::<WebOrigin>();
    origin.is_ok_and(|origin| {
        origin.host().as_str().eq_ignore_ascii_case(text) && origin.name() == origin.host().as_str()
    })
}

fn parsed(origin: &str) -> Result<WebOrigin, Misuse> {
    origin.parse().map_err(|_| Misuse::BadOrigin(origin.to_owned()))
}

impl CookieChoice {
    fn of(self, origin: &WebOrigin) -> Result<CookiePolicy, Misuse> {
        let over_tls = origin.scheme() == Scheme::Https;
        match self {
            Self::Fitting if over_tls => Ok(CookiePolicy::host_http()),
            Self::Fitting => Ok(CookiePolicy::dev_loopback(origin.port())),
            Self::CrossSite(reason) if reason.trim().is_empty() => {
                Err(Misuse::NoReason("`.embedded_in_other_sites(…)`"))
            }
            Self::CrossSite(_) | Self::Shared(_) if !over_tls => Err(Misuse::UnfitCookie),
            Self::Policy(policy) if over_tls != policy.needs_tls() => Err(Misuse::UnfitCookie),
            Self::Policy(policy) if policy.is_readable() => Err(Misuse::ReadableCookie),
            Self::Policy(policy) if policy.reason().is_some_and(|reason| reason.trim().is_empty()) => {
                Err(Misuse::NoReason("`CookiePolicy::cross_site(…)`"))
            }
            Self::Policy(policy) => Ok(policy),
            Self::CrossSite(reason) => Ok(CookiePolicy::cross_site(reason)),
            Self::Shared(domain) => match SharedDomain::of(&domain, origin) {
                Ok(domain) => Ok(CookiePolicy::shared_domain(domain)),
                Err(why) => Err(Misuse::BadDomain { domain, why }),
            },
        }
    }
}
