//! The configuration as it is used: every value is what it means, and what does not go together is refused.

use super::keys::{Kind, find};
use super::raw::{Origin, Raw, Section, Value};
use super::trouble::{Place, Trouble, Troubles};
use super::values::{Network, duration};
use cloakroom_model::records::session::Session as SessionRecord;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::origin::{Scheme, WebOrigin};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::people::policy::SignUp;
use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Who confirms that they are there must get where they were going.
const FRESH_AT_LEAST: Span = Span::seconds(5);

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
    /// The database.
    pub(crate) database: PathBuf,
    /// The root key, if it does not lie beside the database.
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

/// An app behind sign-in.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// Where browsers reach it.
    pub(crate) origin: WebOrigin,
    /// Where it runs. `None`: the built-in demo.
    pub(crate) upstream: Option<WebOrigin>,
    /// Groups that may use it; empty: everybody.
    pub(crate) allow: Vec<Group>,
    /// Paths that need no sign-in.
    pub(crate) public: Vec<String>,
    /// Paths for who has shown lately who they are.
    pub(crate) fresh: Vec<String>,
    /// How long that is.
    pub(crate) fresh_for: Span,
}

impl App {
    /// Whether somebody in these groups may use it.
    pub(crate) fn lets_in(&self, groups: &[Group]) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|allowed| groups.contains(allowed))
    }

    /// Whether somebody has shown lately who they are.
    pub(crate) fn is_fresh(&self, session: &SessionRecord, now: Time) -> bool {
        session.assurance.as_ref().is_some_and(|shown| now < shown.at.plus(self.fresh_for))
    }
}

/// One value and where it came from.
struct Found<'a> {
    raw: &'a Raw,
    section: &'static str,
    name: &'static str,
    text: String,
    list: Vec<String>,
    origin: Option<&'a Origin>,
}

impl Found<'_> {
    fn place(&self) -> Place {
        let is_secret = find(self.section, self.name).is_some_and(|key| key.kind == Kind::Secret);
        match self.origin {
            Some(origin) => self.raw.place(origin, is_secret),
            None => Place::File(self.raw.name.clone()),
        }
    }

    fn trouble(&self, code: &'static str, what: String, hint: &str) -> Trouble {
        Trouble { code, what, place: self.place(), hint: hint.to_owned() }
    }

    fn bad(&self, wanted: &str, hint: &str) -> Trouble {
        self.trouble("CK1004", format!("[{}] {} is not {wanted}", self.section, self.name), hint)
    }
}

/// Reads values, and gathers what is wrong with them.
struct Reading<'a> {
    raw: &'a Raw,
    troubles: &'a mut Troubles,
}

impl<'a> Reading<'a> {
    fn in_table(
        &self,
        table: Option<&'a Section>,
        section: &'static str,
        name: &'static str,
    ) -> Option<Found<'a>> {
        let written = table.and_then(|table| table.get(name));
        let default = find(section, name).and_then(|key| key.default);
        let (text, list, origin) = match (written, default) {
            (Some((Value::One(text), origin)), _) => (text.clone(), Vec::new(), Some(origin)),
            (Some((Value::Many(list), origin)), _) => (String::new(), list.clone(), Some(origin)),
            (None, Some(default)) => {
                let list = default.split(", ").filter(|item| !item.is_empty()).map(str::to_owned);
                (default.to_owned(), list.collect(), None)
            }
            (None, None) => return None,
        };
        Some(Found { raw: self.raw, section, name, text, list, origin })
    }

    fn found(&self, section: &'static str, name: &'static str) -> Option<Found<'a>> {
        self.in_table(self.raw.sections.get(section), section, name)
    }

    /// A value that means something, or a trouble.
    fn parsed<T>(
        &mut self,
        section: &'static str,
        name: &'static str,
        wanted: &str,
        hint: &str,
        parse: impl FnOnce(&Found<'_>) -> Option<T>,
    ) -> Option<T> {
        let found = self.found(section, name)?;
        let parsed = parse(&found);
        if parsed.is_none() {
            self.troubles.add(found.bad(wanted, hint));
        }
        parsed
    }

    fn span(&mut self, section: &'static str, name: &'static str) -> Option<Span> {
        let hint = "write \"500ms\", \"30s\", \"10m\", \"8h\" or \"14d\"";
        self.parsed(section, name, "a time", hint, |found| duration(&found.text))
    }

    fn number(
        &mut self,
        section: &'static str,
        name: &'static str,
        range: core::ops::RangeInclusive<usize>,
    ) -> Option<usize> {
        let hint = format!("it is a number from {} to {}", range.start(), range.end());
        self.parsed(section, name, "a number that fits", &hint, |found| {
            found.text.replace('_', "").parse().ok().filter(|number| range.contains(number))
        })
    }

    fn word(&mut self, section: &'static str, name: &'static str) -> Option<String> {
        let words = match find(section, name)?.kind {
            Kind::Word(words) => words,
            _ => return None,
        };
        let hint = format!("it is one of {}", words.join(", "));
        self.parsed(section, name, "a word that is known", &hint, |found| {
            words.contains(&found.text.as_str()).then(|| found.text.clone())
        })
    }

    fn address(&mut self, name: &'static str) -> Option<SocketAddr> {
        let hint = "write an address and a port: \"127.0.0.1:8080\", \"[::1]:8080\", \"0.0.0.0:443\"";
        self.parsed("server", name, "an address with a port", hint, |found| found.text.parse().ok())
    }

    fn text(&self, section: &'static str, name: &'static str) -> Option<String> {
        self.found(section, name).map(|found| found.text)
    }
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
    let database = reading.parsed("store", "url", "a store", "write \"sqlite:path/to/file.db\"", |found| {
        found.text.strip_prefix("sqlite:").filter(|path| !path.is_empty()).map(PathBuf::from)
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
        database: database?,
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

fn apps(reading: &mut Reading<'_>, public_url: Option<&WebOrigin>) -> Option<Vec<App>> {
    let raw = reading.raw;
    let mut apps = Vec::<App>::new();
    let mut fine = true;
    for (table, span) in &raw.apps {
        let of = |name: &'static str| reading.in_table(Some(table), "app", name);
        let (open, fresh) =
            ((of("host"), of("upstream"), of("allow"), of("public")), of("fresh").zip(of("fresh_for")));
        let ((Some(host), Some(upstream), Some(allow), Some(public)), Some((fresh, fresh_for))) =
            (open, fresh)
        else {
            let what = "an [[app]] has a host and an upstream".to_owned();
            let hint = "say host = \"app.example.com\" and upstream = \"http://127.0.0.1:3000\"".to_owned();
            reading.troubles.add(Trouble { code: "CK1006", what, place: raw.at(span, false), hint });
            fine = false;
            continue;
        };
        let Some(origin) = public_url.and_then(|url| app_origin(&host.text, url)) else {
            if public_url.is_some() {
                reading.troubles.add(host.bad(
                    "the name of a host",
                    "write \"app.example.com\", without https:// and without a path",
                ));
            }
            fine = false;
            continue;
        };
        let upstream_origin = upstream.text.trim_end_matches('/').parse::<WebOrigin>().ok();
        let upstream_origin = upstream_origin.filter(|origin| origin.scheme() == Scheme::Http);
        let groups: Option<Vec<Group>> = allow.list.iter().map(|group| group.parse().ok()).collect();
        let is_path = |path: &String| {
            path.starts_with('/') && !path.contains(['?', '#', '%', '*']) && !path.contains("//")
        };
        let mut bad = |found: &Found<'_>, wanted: &str, hint: &str| {
            reading.troubles.add(found.bad(wanted, hint));
            fine = false;
        };
        if upstream_origin.is_none() {
            bad(
                &upstream,
                "where an app runs",
                "write \"http://127.0.0.1:3000\", without a path; over a network put a tunnel between",
            );
        }
        if groups.is_none() {
            bad(&allow, "a list of groups", "a group is one word: [\"staff\"]");
        }
        for paths in [&public, &fresh] {
            if !paths.list.iter().all(is_path) {
                bad(
                    paths,
                    "a list of paths",
                    "a path begins with a slash, and has no %, * or ?: [\"/assets/\", \"/favicon.ico\"]",
                );
            }
        }
        let fresh_span = duration(&fresh_for.text).filter(|span| *span >= FRESH_AT_LEAST);
        if fresh_span.is_none() {
            bad(&fresh_for, "a time of five seconds or more", "write \"10m\"");
        }
        let is_twice = apps.iter().any(|other| other.origin.name() == origin.name());
        if is_twice || public_url.is_some_and(|url| url.name() == origin.name()) {
            let what = format!("{} is said twice", origin.host());
            reading.troubles.add(host.trouble(
                "CK1007",
                what,
                "each app, and the pages where one signs in, have a host of their own",
            ));
            fine = false;
        }
        if let (Some(upstream), Some(allow), Some(fresh_for)) = (upstream_origin, groups, fresh_span) {
            apps.push(App {
                origin,
                upstream: Some(upstream),
                allow,
                public: public.list.clone(),
                fresh: fresh.list.clone(),
                fresh_for,
            });
        }
    }
    fine.then_some(apps)
}

/// Where browsers reach an app: as they reach the pages where one signs in, under its own name.
fn app_origin(host: &str, public_url: &WebOrigin) -> Option<WebOrigin> {
    let host: Host = host.parse().ok()?;
    let scheme = match public_url.scheme() {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let port = public_url.host().as_str().strip_prefix(public_url.name()).unwrap_or_default();
    let has_port = host
        .as_str()
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit()));
    let port = if has_port { "" } else { port };
    format!("{scheme}://{host}{port}").parse().ok()
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
