//! Every key there is: one table, from which the checks, `reference.toml` and `config show` come.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// Text that nobody may see.
    Secret,
    /// `"30m"`, `"8h"`, `"14d"`.
    Duration,
    /// A whole number.
    Number,
    /// A list of text.
    List,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// The table it stands in.
    pub(crate) section: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// What is taken if it is not there; none where something must be said, or where there is nothing then.
    pub(crate) default: Option<&'static str>,
    /// An example, where there is no default.
    pub(crate) example: &'static str,
    /// What it is, for who reads the reference.
    pub(crate) about: &'static str,
}

const fn key(
    section: &'static str,
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { section, name, kind, default, example, about }
}

/// All of them, in the order of the reference.
pub(crate) const KEYS: &[Key] = &[
    key(
        "server",
        "public_url",
        Kind::Text,
        None,
        "https://login.example.com",
        "Where browsers reach the pages where one signs in. Cookies, links and the issuer follow from it. Must be said.",
    ),
    key(
        "server",
        "public_listen",
        Kind::Text,
        Some("127.0.0.1:8080"),
        "",
        "The address that browsers, or a proxy in front, connect to.",
    ),
    key(
        "server",
        "internal_listen",
        Kind::Text,
        Some("127.0.0.1:8081"),
        "",
        "The address for metrics, health and verifiers. Never reachable from outside.",
    ),
    key(
        "server",
        "internal_hosts",
        Kind::List,
        Some("localhost, 127.0.0.1"),
        "",
        "Names that the internal listener answers to. Anything else gets 421.",
    ),
    key(
        "server",
        "trusted_proxies",
        Kind::List,
        Some(""),
        "10.0.0.0/8",
        "Networks whose X-Forwarded-For is believed. Nobody else's is.",
    ),
    key(
        "server",
        "connections",
        Kind::Number,
        Some("10000"),
        "",
        "How many connections there may be at once.",
    ),
    key(
        "server",
        "connections_per_address",
        Kind::Number,
        Some("256"),
        "",
        "How many of them from one address. Trusted proxies are not counted.",
    ),
    key(
        "server",
        "drain",
        Kind::Duration,
        Some("20s"),
        "",
        "How long requests under way may take when the program ends.",
    ),
    key(
        "tls",
        "certificate",
        Kind::Text,
        None,
        "/etc/cloakroom/fullchain.pem",
        "The certificate chain. Without it a proxy in front speaks TLS. Read again when the file changes.",
    ),
    key("tls", "key", Kind::Text, None, "/etc/cloakroom/key.pem", "Its private key."),
    key(
        "store",
        "url",
        Kind::Secret,
        Some("sqlite:cloakroom-data/cloakroom.db"),
        "",
        "Where everything is kept: sqlite:PATH, or postgres://user:password@host/database.",
    ),
    key(
        "store",
        "sessions_url",
        Kind::Secret,
        None,
        "rediss://user:password@cache.example.com:6379",
        "Where sessions are kept, if not with everything else: a Redis or Valkey server. The store decides still what is taken back.",
    ),
    key(
        "store",
        "folder",
        Kind::Text,
        Some("cloakroom-data"),
        "",
        "Where this machine keeps what is its own, if everything else is in PostgreSQL: the socket for commands, and the root key if [keys] root_file names no other.",
    ),
    key(
        "keys",
        "root_file",
        Kind::Text,
        None,
        "/etc/cloakroom/root.key",
        "The root key. Without it the file lies beside the store and is made at the first start. Never in a backup.",
    ),
    key("session", "idle", Kind::Duration, Some("1h"), "", "How long a session may lie unused."),
    key("session", "absolute", Kind::Duration, Some("8h"), "", "How old it may become, used or not."),
    key(
        "session",
        "remembered_idle",
        Kind::Duration,
        Some("14d"),
        "",
        "The same for who asked to be remembered: unused.",
    ),
    key("session", "remembered_absolute", Kind::Duration, Some("30d"), "", "And how old."),
    key(
        "session",
        "at_most",
        Kind::Number,
        Some("50"),
        "",
        "How many sessions a user may have. The least recently used makes room.",
    ),
    key(
        "users",
        "sign_up",
        Kind::Word(&["open", "invite", "off"]),
        Some("open"),
        "",
        "Who may make an account.",
    ),
    key(
        "users",
        "password_at_least",
        Kind::Number,
        Some("8"),
        "",
        "How long a password must be; 15 is better.",
    ),
    key(
        "users",
        "context_words",
        Kind::List,
        Some(""),
        "acme",
        "Words that a password must not be made of: the name of the product.",
    ),
    key(
        "users",
        "breached",
        Kind::Text,
        None,
        "/var/lib/cloakroom/pwned-passwords-sha1-ordered-by-hash.txt",
        "SHA-1 digests of passwords that others have lost, ordered, one a line: no such password can be chosen.",
    ),
    key(
        "users",
        "deadline",
        Kind::Duration,
        Some("600ms"),
        "",
        "A failed sign-in is answered at a multiple of this, whatever was done. Longer than the slowest imported hash takes.",
    ),
    key(
        "users",
        "hash_threads",
        Kind::Number,
        Some("1"),
        "",
        "How many threads hash passwords. Each needs 19 MiB.",
    ),
    key(
        "mail",
        "url",
        Kind::Secret,
        None,
        "smtps://user:password@mail.example.com",
        "Where letters are handed in: smtps://, or smtp:// with ?tls=required. Without it sign-up and recovery by mail are off.",
    ),
    // A secret, since it is where the URL with the password lands when lines are mixed up.
    key("mail", "from", Kind::Secret, None, "Example <no-reply@example.com>", "Whom they are from."),
    key(
        "metrics",
        "token",
        Kind::Secret,
        None,
        "a long random text",
        "What /metrics asks for as a bearer token. Without it nobody may read them.",
    ),
    key("log", "format", Kind::Word(&["json", "text"]), Some("json"), "", "How lines on stderr are written."),
    key(
        "log",
        "level",
        Kind::Word(&["error", "warn", "info", "debug"]),
        Some("info"),
        "",
        "How much is written.",
    ),
    key(
        "pages",
        "name",
        Kind::Text,
        Some("Cloakroom"),
        "",
        "What the service is called on its pages and in its letters.",
    ),
    key(
        "pages",
        "folder",
        Kind::Text,
        None,
        "/etc/cloakroom/pages",
        "Pages, words and style that stand in for the built-in ones; `cloakroom config pages FOLDER` writes those.",
    ),
    key("app", "host", Kind::Text, None, "app.example.com", "The name of an app. One [[app]] for each."),
    key(
        "app",
        "upstream",
        Kind::Text,
        None,
        "http://127.0.0.1:3000",
        "Where it runs: only Cloakroom may reach it there.",
    ),
    key(
        "app",
        "allow",
        Kind::List,
        Some(""),
        "staff",
        "Groups that may use it. Empty: everybody who is signed in.",
    ),
    key(
        "app",
        "public",
        Kind::List,
        Some(""),
        "/assets/",
        "Paths that need no sign-in: the path itself, or everything below one that ends in a slash.",
    ),
    key(
        "app",
        "fresh",
        Kind::List,
        Some(""),
        "/admin/",
        "Paths for whoever has shown their password lately; others show it once more. Each with what is below it.",
    ),
    key("app", "fresh_for", Kind::Duration, Some("10m"), "", "How long that is."),
];

/// The sections that are named in the reference.
pub(crate) fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    KEYS.iter()
        .map(|key| key.section)
        .filter(move |section| core::mem::replace(&mut last, section) != *section)
}

/// The key of a section by its name.
pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// The known name that is nearest to another, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| distance(name, other);
    known.map(|other| (distance(other), other)).filter(|(far, _)| *far <= 3).min().map(|(_, other)| other)
}

/// How many letters must be put in, left out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut before = core::mem::replace(&mut row, vec![place + 1]);
        for (column, known) in other.iter().enumerate() {
            let corner = before.get(column).copied().unwrap_or_default() + usize::from(*known != letter);
            let above = before.get(column + 1).copied().unwrap_or_default() + 1;
            let left = row.last().copied().unwrap_or_default() + 1;
            row.push(corner.min(above).min(left));
        }
        before.clear();
    }
    row.last().copied().unwrap_or_default()
}

/// The reference: every key with what it is and its default. It is a configuration by itself.
pub(crate) fn reference() -> String {
    let mut out = "# Every key of cloakroom.toml, with its default. Written by `cloakroom config reference`.\n\
                   # A variable CLOAKROOM_SECTION__KEY stands in for a key; CLOAKROOM_SECTION__KEY_FILE names a file that holds a secret.\n"
        .to_owned();
    for section in sections() {
        out.push_str(&match section {
            "app" => "\n[[app]]\n".to_owned(),
            section => format!("\n[{section}]\n"),
        });
        for key in KEYS.iter().filter(|key| key.section == section) {
            let (comment, value) = match key.default {
                Some(default) => ("", default),
                None if matches!(key.name, "public_url" | "host" | "upstream") => ("", key.example),
                None => ("# ", key.example),
            };
            out.push_str(&format!("# {}\n{comment}{} = {}\n", key.about, key.name, written(key.kind, value)));
        }
    }
    out
}

/// A value as TOML has it.
fn written(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Number => value.to_owned(),
        Kind::List => {
            let items: Vec<_> =
                value.split(", ").filter(|item| !item.is_empty()).map(|item| format!("{item:?}")).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Text | Kind::Secret | Kind::Duration | Kind::Word(_) => format!("{value:?}"),
    }
}
