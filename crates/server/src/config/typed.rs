//! The configuration as it is used: every value is what it means, and what does not go together is refused.

use super::apps::{App, apps};
use super::raw::Raw;
use super::reading::Reading;
use super::trouble::{Place, Trouble, Troubles};
use super::values::Network;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Span;
use cloakroom_rules::people::policy::SignUp;
use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The whole.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where browsers reach the pages where one signs in.
    pub(crate) public_url: WebOrigin,
    /// Where they connect to.
    pub(crate) public_listen: SocketAddr,
    /// Where metrics, health and verifiers connect to.
    pub(crate) internal_listen: SocketAddr,
    /// The names that answers to.
    pub(crate) internal_hosts: Vec<String>,
    /// Whose forwarded headers are believed.
    pub(crate) trusted_proxies: Vec<Network>,
    /// How many connections at once.
    pub(crate) connections: usize,
    /// How many of them from one address.
    pub(crate) connections_per_address: usize,
    /// How long requests may take when the program ends.
    pub(crate) drain: Span,
    /// The certificate, if Cloakroom itself speaks TLS.
    pub(crate) tls: Option<Tls>,
    /// Where everything is kept.
    pub(crate) store: StoreAt,
    /// Where sessions are kept, if apart. There may be a password in it.
    pub(crate) sessions: Option<Arc<Secret<String>>>,
    /// What the names of this machine's own files begin with: the socket for commands, the root key.
    pub(crate) beside: PathBuf,
    /// The root key, if it does not lie there.
    pub(crate) root_file: Option<PathBuf>,
    /// How long sessions live.
    pub(crate) session: Session,
    /// Who may make an account.
    pub(crate) sign_up: SignUp,
    /// How long a password must be.
    pub(crate) password_at_least: usize,
    /// What it must not be made of.
    pub(crate) context_words: Vec<String>,
    /// What nobody may choose, because others have lost it.
    pub(crate) breached: Option<PathBuf>,
    /// When failures are answered.
    pub(crate) deadline: Span,
    /// How many threads hash.
    pub(crate) hash_threads: usize,
    /// How letters are sent.
    pub(crate) mail: Option<Mail>,
    /// What `/metrics` asks for.
    pub(crate) metrics_token: Option<Arc<Secret<String>>>,
    /// Whether lines are JSON.
    pub(crate) log_json: bool,
    /// How much is written.
    pub(crate) log_level: String,
    /// How the pages look.
    pub(crate) look: Look,
    /// The apps.
    pub(crate) apps: Vec<App>,
}

/// Where everything is kept.
#[derive(Debug, Clone)]
pub(crate) enum StoreAt {
    /// In a file.
    Sqlite(PathBuf),
    /// On a server. There may be a password in its address.
    Postgres(Arc<Secret<String>>),
}

impl StoreAt {
    /// Whether there may be something: a file that is not there holds nothing.
    pub(crate) fn may_be_there(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }
}

impl core::fmt::Display for StoreAt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("the PostgreSQL database"),
        }
    }
}

/// A certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tls {
    /// The chain.
    pub(crate) certificate: PathBuf,
    /// The key.
    pub(crate) key: PathBuf,
}

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    pub(crate) idle: Span,
    pub(crate) absolute: Span,
    pub(crate) remembered_idle: Span,
    pub(crate) remembered_absolute: Span,
    pub(crate) at_most: u32,
}

/// Where letters are handed in.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    /// The server, with the password.
    pub(crate) url: Arc<Secret<String>>,
    /// Whom they are from.
    pub(crate) from: String,
}

/// How an operator's pages look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// What the service is called on them.
    pub(crate) name: String,
    /// Where pages lie that stand in for ours.
    pub(crate) folder: Option<PathBuf>,
}

/// The typed configuration. What is missing or wrong is a trouble.
pub(super) fn typed(raw: &Raw, troubles: &mut Troubles) -> Option<Config> {
    let mut reading = Reading { raw, troubles };
    let public_url = public_url(&mut reading);
    let (public_listen, internal_listen) =
        (reading.address("public_listen"), reading.address("internal_listen"));
    let (tls, mail) = (tls(&mut reading), mail(&mut reading));
    let apps = apps(&mut reading, public_url.as_ref());
    let session = session(&mut reading);
    let trusted = reading.parsed(
        "server",
        "trusted_proxies",
        "a list of networks",
        "write [\"10.0.0.0/8\"]",
        |found| found.list.iter().map(|network| Network::parse(network)).collect(),
    );
    let (store, sessions) = (store(&mut reading), sessions(&mut reading));
    let folder = reading.text("store", "folder").map(PathBuf::from);
    let beside = store.as_ref().zip(folder).map(|(store, folder)| match store {
        StoreAt::Sqlite(path) => path.clone(),
        StoreAt::Postgres(_) => folder.join("cloakroom"),
    });
    let sign_up = reading.word("users", "sign_up").map(|word| match word.as_str() {
        "invite" => SignUp::Invited,
        "off" => SignUp::Off,
        _ => SignUp::Open,
    });
    let internal_hosts =
        reading.found("server", "internal_hosts").map(|found| found.list).unwrap_or_default();
    let connections = reading.number("server", "connections", 16..=1_000_000);
    let connections_per_address = reading.number("server", "connections_per_address", 1..=1_000_000);
    let drain = reading.span("server", "drain");
    let root_file = reading.text("keys", "root_file").map(PathBuf::from);
    let password_at_least = reading.number("users", "password_at_least", 8..=128);
    let context_words = reading.found("users", "context_words").map(|found| found.list).unwrap_or_default();
    let deadline = reading.span("users", "deadline");
    let hash_threads = reading.number("users", "hash_threads", 1..=64);
    let metrics_token = metrics_token(&mut reading);
    let log_json = reading.word("log", "format").map(|format| format == "json");
    let log_level = reading.word("log", "level");
    let called = reading.parsed("pages", "name", "a name", "one line of up to 80 letters", |found| {
        let is_name = !found.text.trim().is_empty() && found.text.chars().count() <= 80;
        (is_name && !found.text.contains(char::is_control)).then(|| found.text.clone())
    });
    let folder = reading.text("pages", "folder").map(PathBuf::from);
    let look = called.map(|name| Look { name, folder });
    let config = Config {
        public_listen: public_listen?,
        internal_listen: internal_listen?,
        internal_hosts,
        trusted_proxies: trusted?,
        connections: connections?,
        connections_per_address: connections_per_address?,
        drain: drain?,
        tls: tls?,
        store: store?,
        sessions: sessions?,
        beside: beside?,
        root_file,
        session: session?,
        sign_up: sign_up?,
        password_at_least: password_at_least?,
        context_words,
        breached: reading.text("users", "breached").map(PathBuf::from),
        deadline: deadline?,
        hash_threads: hash_threads?,
        mail: mail?,
        metrics_token: metrics_token?,
        log_json: log_json?,
        log_level: log_level?,
        look: look?,
        apps: apps?,
        public_url: public_url?,
    };
    together(&config, &mut reading);
    Some(config)
}

fn public_url(reading: &mut Reading<'_>) -> Option<WebOrigin> {
    if reading.found("server", "public_url").is_none() {
        reading.troubles.add(Trouble {
            code: "CK1006",
            what: "[server] public_url is missing".to_owned(),
            place: Place::File(reading.raw.name.clone()),
            hint: "say where browsers reach it: public_url = \"https://login.example.com\"".to_owned(),
        });
        return None;
    }
    let hint = "write scheme and host, and nothing behind them: \"https://login.example.com\"";
    reading.parsed("server", "public_url", "an origin", hint, |found| {
        found.text.trim_end_matches('/').parse().ok()
    })
}

/// How the address of a server begins that sessions may be kept on.
const REDIS: [&str; 4] = ["redis", "rediss", "valkey", "valkeys"];
/// What may stand behind that: who is asked which server it is.
const ASKED: [&str; 3] = ["", "sentinel", "cluster"];

fn is_redis(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else { return false };
    let (scheme, asked) = scheme.split_once('+').unwrap_or((scheme, ""));
    REDIS.contains(&scheme) && ASKED.contains(&asked)
}

fn sessions(reading: &mut Reading<'_>) -> Option<Option<Arc<Secret<String>>>> {
    if reading.found("store", "sessions_url").is_none() {
        return Some(None);
    }
    let hint = "write \"rediss://user:password@host:6379\"";
    reading.parsed("store", "sessions_url", "a Redis or Valkey server", hint, |found| {
        is_redis(&found.text).then(|| Some(Arc::new(Secret::new(found.text.clone()))))
    })
}

fn store(reading: &mut Reading<'_>) -> Option<StoreAt> {
    if let Some(found) = reading.found("store", "url").filter(|found| is_redis(&found.text)) {
        let what = "Redis may lose what it has acknowledged: sessions may be kept on it, and nothing else"
            .to_owned();
        let hint = "leave [store] url to SQLite or PostgreSQL, and write the address in [store] sessions_url";
        reading.troubles.add(found.trouble("CK1012", what, hint));
        return None;
    }
    let hint = "write \"sqlite:path/to/file.db\", or \"postgres://user:password@host/database\"";
    reading.parsed("store", "url", "a store", hint, |found| {
        let text = found.text.as_str();
        if let Some(path) = text.strip_prefix("sqlite:") {
            return (!path.is_empty()).then(|| StoreAt::Sqlite(path.into()));
        }
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        is_postgres.then(|| StoreAt::Postgres(Arc::new(Secret::new(text.to_owned()))))
    })
}

fn tls(reading: &mut Reading<'_>) -> Option<Option<Tls>> {
    match (reading.found("tls", "certificate"), reading.found("tls", "key")) {
        (None, None) => Some(None),
        (Some(certificate), Some(key)) => {
            Some(Some(Tls { certificate: certificate.text.into(), key: key.text.into() }))
        }
        (Some(one), None) | (None, Some(one)) => {
            let what = "a certificate and its key go together".to_owned();
            reading.troubles.add(one.trouble(
                "CK1007",
                what,
                "say both certificate and key in [tls], or neither",
            ));
            None
        }
    }
}

fn mail(reading: &mut Reading<'_>) -> Option<Option<Mail>> {
    let (url, from) = (reading.found("mail", "url"), reading.found("mail", "from"));
    let (url, from) = match (url, from) {
        (None, None) => return Some(None),
        (Some(url), Some(from)) => (url, from),
        (Some(one), None) | (None, Some(one)) => {
            let what = "where letters are handed in and whom they are from go together".to_owned();
            reading.troubles.add(one.trouble("CK1007", what, "say both url and from in [mail], or neither"));
            return None;
        }
    };
    let read = url.text.parse::<http::Uri>().ok();
    let scheme = read.as_ref().and_then(http::Uri::scheme_str);
    let queries = read.as_ref().and_then(http::Uri::query).unwrap_or_default();
    let is_encrypted = scheme == Some("smtps") || queries.split('&').any(|query| query == "tls=required");
    let host = read.as_ref().and_then(http::Uri::host).unwrap_or_default();
    let is_local = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    if !matches!(scheme, Some("smtp" | "smtps")) || host.is_empty() {
        reading.troubles.add(
            url.bad("a mail server", "write \"smtps://user:password@host\" or \"smtp://host?tls=required\""),
        );
        return None;
    }
    if !is_encrypted && !is_local {
        let what = "letters with links in them would go over the network in the clear".to_owned();
        reading.troubles.add(url.trouble("CK1008", what, "use smtps://, or add ?tls=required"));
        return None;
    }
    let is_address = |text: &str| text.parse::<lettre::message::Mailbox>().is_ok();
    if !is_address(&from.text) {
        reading.troubles.add(from.bad("an address", "write \"Example <no-reply@example.com>\""));
        return None;
    }
    Some(Some(Mail { url: Arc::new(Secret::new(url.text.clone())), from: from.text.clone() }))
}

fn metrics_token(reading: &mut Reading<'_>) -> Option<Option<Arc<Secret<String>>>> {
    let Some(found) = reading.found("metrics", "token") else { return Some(None) };
    if found.text.len() < 20 || found.text == "a long random text" {
        reading.troubles.add(found.trouble(
            "CK1009",
            "[metrics] token is one that somebody can guess".to_owned(),
            "make one with `openssl rand -base64 24`",
        ));
        return None;
    }
    Some(Some(Arc::new(Secret::new(found.text.clone()))))
}

fn session(reading: &mut Reading<'_>) -> Option<Session> {
    let session = Session {
        idle: reading.span("session", "idle")?,
        absolute: reading.span("session", "absolute")?,
        remembered_idle: reading.span("session", "remembered_idle")?,
        remembered_absolute: reading.span("session", "remembered_absolute")?,
        at_most: u32::try_from(reading.number("session", "at_most", 1..=10_000)?).ok()?,
    };
    for (idle, absolute, name) in [
        (session.idle, session.absolute, "idle"),
        (session.remembered_idle, session.remembered_absolute, "remembered_idle"),
    ] {
        if (idle > absolute || idle < Span::minutes(1))
            && let Some(found) = reading.found("session", name)
        {
            let what =
                format!("[session] {name} is shorter than a minute, or longer than a session may become");
            reading.troubles.add(found.trouble(
                "CK1007",
                what,
                "an idle limit lies between a minute and the absolute limit",
            ));
            return None;
        }
    }
    Some(session)
}

/// What is fine by itself and not with the rest.
fn together(config: &Config, reading: &mut Reading<'_>) {
    let is_plain = config.public_url.scheme() == Scheme::Http;
    let mut refuse = |name: &'static str, code, what: &str, hint: &str| {
        if let Some(found) = reading.found("server", name) {
            reading.troubles.add(found.trouble(code, what.to_owned(), hint));
        }
    };
    if is_plain && !config.public_url.is_loopback() {
        refuse(
            "public_url",
            "CK1008",
            "over plain http everybody on the way can take the session",
            "write https://; a proxy in front may speak TLS, or [tls] here",
        );
    }
    if is_plain && !config.public_listen.ip().is_loopback() {
        refuse(
            "public_listen",
            "CK1008",
            "over plain http only this machine may connect",
            "listen on 127.0.0.1, or make public_url https",
        );
    }
    if is_plain && config.tls.is_some() {
        refuse(
            "public_url",
            "CK1007",
            "there is a certificate, and public_url says http",
            "write https:// in public_url",
        );
    }
    if config.public_listen == config.internal_listen && config.public_listen.port() != 0 {
        refuse(
            "internal_listen",
            "CK1007",
            "the internal listener is the public one",
            "give it a port of its own that nobody reaches from outside",
        );
    }
}
