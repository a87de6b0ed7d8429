//! What an app told Cloakroom about itself.

use crate::lane::{Keeps, Lane};
use cloakroom_authority::carried::{Carrier, Names as CarriedNames, Wrapping};
use cloakroom_authority::token::Held;
use cloakroom_authority::token::mint::Minted;
use cloakroom_authority::{Authority, Denied};
use cloakroom_model::ports::{Clock, Entropy};
use cloakroom_model::words::host::Host;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::time::Time;
use cloakroom_rules::cookie::policy::CookiePolicy;
use cloakroom_rules::headers::csp::{Csp, Mode};
use cloakroom_rules::headers::security::Hsts;
use cloakroom_rules::throttle::Guesses;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The cookie of a signed-in session.
pub const TICKET: &str = "cloakroom";
/// The cookie of a visitor's session.
pub const VISITOR: &str = "cloakroom_anon";
/// The cookie that binds forms to a browser without a session.
pub const PRE_SESSION: &str = "cloakroom_pre";

/// The cookie of an access token.
pub const ACCESS: &str = "cloakroom_access";
/// The cookie of a refresh token.
pub const REFRESH: &str = "cloakroom_refresh";
/// The cookie of a browser that somebody has signed in with.
pub const DEVICE: &str = "cloakroom_device";
/// The cookie of a browser on its way to the place where one signs in.
pub const START: &str = "cloakroom_start";
/// The cookie of form tokens that script may read.
pub const CSRF: &str = "cloakroom_csrf";

/// A route whose requests are not looked at for CSRF, and why that is no hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exempt {
    /// The template of the route.
    pub route: String,
    /// The reason.
    pub reason: &'static str,
}

/// What an app chose.
#[derive(Debug)]
pub struct Settings {
    /// The engine.
    pub authority: Authority,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Where browsers reach the app.
    pub origin: WebOrigin,
    /// Names that the app is asked under besides the one of its origin.
    pub answers_to: Vec<String>,
    /// What its session cookies are like.
    pub cookie: CookiePolicy,
    /// What the cookie is like from which script reads a form token, if there is one.
    pub csrf_cookie: Option<CookiePolicy>,
    /// Other origins whose requests are meant, each to the letter.
    pub listed: Vec<WebOrigin>,
    /// Routes that CSRF is not looked at for.
    pub exempt: Vec<Exempt>,
    /// What pages may do.
    pub csp: Csp,
    /// Whether that is kept or only told of.
    pub csp_mode: Mode,
    /// For how long browsers are told to come over TLS only.
    pub hsts: Hsts,
    /// Origins that may read answers.
    pub readers: Vec<WebOrigin>,
    /// How cookies carry sessions. `None`: a store has them.
    pub carried: Option<Wrapping>,
    /// How tokens are issued, if they are.
    pub lane: Option<Lane>,
    /// Where somebody who is not signed in is sent.
    pub sign_in_page: String,
    /// Where somebody is sent who must prove again who they are.
    pub confirm_page: Option<String>,
    /// Paths for people who are not signed in: a session that is over counts as none there.
    pub entrances: Vec<String>,
}

/// An app, shared by its layers.
#[derive(Debug, Clone)]
pub struct Site(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) host: Host,
    pub(crate) names: Names,
    pub(crate) csp_reports: AtomicU64,
    pub(crate) guesses: Mutex<Guesses>,
}

/// The whole names of our cookies.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) ticket: String,
    pub(crate) visitor: String,
    pub(crate) pre_session: String,
    pub(crate) device: String,
    pub(crate) start: String,
    pub(crate) refresh: Option<String>,
}

/// The cookie by which a browser says who is signed in.
fn ticket_base(settings: &Settings) -> &'static str {
    match settings.lane.as_ref().map(|lane| lane.keeps) {
        Some(Keeps::InCookies) => ACCESS,
        _ => TICKET,
    }
}

impl Site {
    /// The app with these settings.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let name = |base| settings.cookie.name(base);
        let refresh = settings.lane.as_ref().filter(|lane| lane.keeps != Keeps::Sessions);
        let names = Names {
            ticket: name(ticket_base(&settings)),
            visitor: name(VISITOR),
            pre_session: name(PRE_SESSION),
            device: name(DEVICE),
            start: name(START),
            refresh: refresh.map(|lane| lane.refresh_cookie.name(REFRESH)),
        };
        let host = settings.origin.host().clone();
        Self(Arc::new(Inner {
            settings,
            host,
            names,
            csp_reports: AtomicU64::new(0),
            guesses: Mutex::default(),
        }))
    }

    /// The engine.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.0.settings.authority
    }

    /// The sessions that cookies carry, if they do.
    #[must_use]
    pub fn carrier(&self) -> Option<Carrier<'_>> {
        let Names { ticket, visitor, .. } = &self.0.names;
        let names = CarriedNames { signed_in: ticket, visitor };
        self.0.settings.carried.map(|wrapping| self.authority().carrier(wrapping, names, self.origin()))
    }

    /// An access token for a sign-in that was read at a time, with what the app adds.
    pub fn mint(&self, held: &Held, read_at: Time) -> Result<Minted, Denied> {
        let claims = self.settings().lane.as_ref().and_then(|lane| lane.claims.as_ref());
        let extra = claims.map(|claims| (claims.0)(&held.session)).transpose();
        self.authority().mint(held, read_at, extra?.unwrap_or_default())
    }

    pub(crate) fn ticket_base(&self) -> &'static str {
        ticket_base(self.settings())
    }

    /// Where browsers reach the app.
    #[must_use]
    pub fn origin(&self) -> &WebOrigin {
        &self.0.settings.origin
    }

    /// How many reports of what a policy stopped have come.
    #[must_use]
    pub fn csp_reports(&self) -> u64 {
        self.0.csp_reports.load(core::sync::atomic::Ordering::Relaxed)
    }

    /// What the app chose.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }
}
