//! What cannot be built, because it would not be safe.

use cloakroom_authority::OpenError;
use cloakroom_authority::root_key::RootKeyError;
use cloakroom_rules::cookie::domain::BadDomain;

/// Why an app was not built: what is wrong, and what to do.
#[derive(thiserror::Error)]
pub enum Misuse {
    /// No store was given.
    #[error(
        "CK4001: there is no store\nhint: `.store(SqliteStore::open(\"app.db\").await?)`, or `MemoryStore::default()`"
    )]
    NoStore,
    /// No origin was given, or it is none.
    #[error(
        "CK4002: {0:?} is not an origin\nhint: say where browsers reach the app, like `.origin(\"https://app.example.com\")`: no path, no slash at the end"
    )]
    BadOrigin(String),
    /// Tickets would travel in the clear.
    #[error(
        "CK4003: {0} is plain http, and not this machine\nhint: use https; plain http is for localhost, 127.0.0.1 and names under .localhost"
    )]
    PlainHttp(String),
    /// The domain cannot be shared.
    #[error(
        "CK4004: cookies cannot be shared under {domain:?}: {why}\nhint: leave it away; cookies of one host are the safer ones"
    )]
    BadDomain {
        /// Which.
        domain: String,
        /// Why.
        why: BadDomain,
    },
    /// A reason is missing.
    #[error(
        "CK4005: {0} needs a reason\nhint: say why this is no hole: whoever reads the code next will ask"
    )]
    NoReason(&'static str),
    /// The cookie would be dropped by the browser, or would travel in the clear.
    #[error(
        "CK4006: this cookie does not fit the scheme of the origin\nhint: over plain http a browser drops what is `Secure`, over TLS nothing else will do; leave `.cookie(…)` away, and the right one is chosen"
    )]
    UnfitCookie,
    /// Script could read tickets.
    #[error(
        "CK4010: script may read this cookie\nhint: it is for double submit; tickets need one that script cannot read"
    )]
    ReadableCookie,
    /// Not even the hash that unknown names are compared with can be made.
    #[error("CK4011: password hashing does not work\nhint: look at the cost and the memory of this machine")]
    NoHash,
    /// What was revoked would come back.
    #[error(
        "CK4012: this store forgets with the process what was revoked, and the cookies that carry sessions stay\nhint: use a store that keeps it, like `SqliteStore`; or leave the root key away, and the cookies end with the process too; or say so: `danger::sealed_without_revocation(…)`"
    )]
    ForgetfulLedger,
    /// The page is not one of the app.
    #[error("CK4007: {0:?} is not a path of this app\nhint: a path begins with one slash, like `/sign-in`")]
    BadPath(String),
    /// Nobody is called that.
    #[error(
        "CK4013: {0:?} is not the name of a host\nhint: `.answers_to(\"10.0.0.7\")`: no scheme, no port, no star; an IPv6 address in brackets"
    )]
    BadName(String),
    /// A word of a token that is none.
    #[error(
        "CK4014: {0:?} cannot stand in a token as issuer, audience or scope\nhint: visible ASCII without spaces, quotes and backslashes; a scope has at most 64 characters, the others 256"
    )]
    BadTokenWord(String),
    /// A token that lives too short or too long.
    #[error(
        "CK4015: an access token lives between one minute and one hour\nhint: 10 minutes is the default; whoever needs to stay signed in for longer renews"
    )]
    TokenLife,
    /// Nobody is waited for so long.
    #[error(
        "CK4018: verifiers bear between ten seconds and an hour\nhint: `.verifiers_bear(Span::minutes(5))`"
    )]
    VerifiersBear,
    /// Two ways to keep who is signed in.
    #[error(
        "CK4016: browsers keep who is signed in in one way, and this names two\nhint: `.in_cookies()` or `.in_memory()`; beside either leave `.sealed_cookies()`, `.signed_cookies(…)`, `.cookie(…)`, `.shared_domain(…)` and `.embedded_in_other_sites(…)` away"
    )]
    TwoLanes,
    /// A token is good wherever it is presented from.
    #[error(
        "CK4017: a token is not bound to the client that signed in\nhint: `BindingPolicy::Record` is what `.in_cookies()` and `.in_memory()` can hold to; for more, sessions"
    )]
    BoundLane,
    /// The key service does not answer.
    #[error(
        "CK3008: the root key could not be fetched: {0}\nhint: look at the key service; without the key nobody would be found"
    )]
    KeyService(Box<dyn core::error::Error + Send + Sync>),
    /// There is no root key.
    #[error(transparent)]
    RootKey(#[from] RootKeyError),
    /// Sessions cannot be kept there.
    #[cfg(feature = "redis")]
    #[error(transparent)]
    Redis(#[from] cloakroom_store_redis::OpenError),
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] OpenError),
    /// There is no runtime to keep up on.
    #[error("CK4008: there is no tokio runtime\nhint: call `build()` inside of one")]
    NoRuntime,
    /// The threads for password hashing cannot be started.
    #[error("CK4009: the hashing threads cannot be started: {0}")]
    Threads(std::io::Error),
}

/// `main` prints an error it returns like this: with its code and its hint.
impl core::fmt::Debug for Misuse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}
