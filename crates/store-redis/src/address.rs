//! Where the server is, and how it is spoken to.

use crate::error::OpenError;
use redis::{ProtocolVersion, RedisConnectionInfo};
use std::net::IpAddr;

/// What answers there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The server.
    One,
    /// Sentinels, who know which server it is that has this name.
    Sentinel(String),
    /// Some of the servers of a cluster, who know the others.
    Cluster,
}

/// An address, as connections need it.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) kind: Kind,
    pub(crate) places: Vec<(String, u16)>,
    pub(crate) is_encrypted: bool,
    pub(crate) settings: RedisConnectionInfo,
    /// As whom sentinels are asked.
    pub(crate) sentinel: (Option<String>, Option<String>),
    /// A file with whom servers are certified by; else it is those that browsers trust.
    pub(crate) roots: Option<Vec<u8>>,
    /// What every key begins with.
    pub(crate) prefix: String,
}

impl core::fmt::Debug for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.name())
    }
}

fn bad(why: impl ToString) -> OpenError {
    OpenError::Address { why: why.to_string() }
}

/// Whether nobody can listen on the way there.
pub(crate) fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Text of an address with its `%2F`.
fn decoded(text: &str) -> Result<String, OpenError> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.ok_or_else(|| bad("% is written %25"))?);
        bytes.extend_from_slice(part.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| bad("it is no text"))
}

/// A host and its port. One in brackets is an address of IP version 6.
fn place(text: &str, unsaid: u16) -> Result<(String, u16), OpenError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    // A password without its @ would be taken for the host, and be said in messages.
    if host.contains(':') && !text.starts_with('[') {
        return Err(bad("a password ends with @, and an address of IP version 6 stands in brackets"));
    }
    let port = if port.is_empty() { Ok(unsaid) } else { port.parse() };
    let host = if host.is_empty() { "localhost" } else { host };
    Ok((host.to_owned(), port.map_err(|_| bad("its port is no number"))?))
}

/// Whether an address can be used, as far as that can be said without asking anybody.
pub fn check_address(url: &str) -> Result<(), OpenError> {
    Address::read(url).map(drop)
}

impl Address {
    /// The address of a text. What leaves this machine goes over TLS, to a server that is certified for its name.
    pub(crate) fn read(url: &str) -> Result<Self, OpenError> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| bad("it begins with redis:// or rediss://"))?;
        let (scheme, kind) = scheme.split_once('+').unwrap_or((scheme, ""));
        let is_encrypted = match scheme {
            "redis" | "valkey" => false,
            "rediss" | "valkeys" => true,
            _ => return Err(bad("it begins with redis:// or rediss://")),
        };
        // What is behind the first of them would be taken for the host, and be said in messages.
        if rest.matches('@').count() > 1 || rest.contains('#') {
            return Err(bad("in a password @ is written %40, / is %2F, # is %23 and % is %25"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.contains('@') {
            return Err(bad("in a password ? is written %3F and @ is %40"));
        }
        let (who, rest) = rest.split_once('@').map_or((None, rest), |(who, rest)| (Some(who), rest));
        let (hosts, behind) = rest.split_once('/').unwrap_or((rest, ""));
        let (kind, port, database) = match kind {
            "" => (Kind::One, 6379, behind),
            "cluster" if !behind.is_empty() => {
                return Err(bad("a cluster has one database, and it has no number"));
            }
            "cluster" => (Kind::Cluster, 6379, ""),
            "sentinel" if behind.is_empty() => {
                return Err(bad(
                    "behind the sentinels stands the name of the service: redis+sentinel://host1,host2,host3/name",
                ));
            }
            "sentinel" => (Kind::Sentinel(decoded(behind)?), 26_379, ""),
            _ => return Err(bad("there are redis://, redis+sentinel:// and redis+cluster://")),
        };
        let places: Result<Vec<_>, _> = hosts.split(',').map(|host| place(host, port)).collect();
        let places = places?;
        if kind == Kind::One && places.len() > 1 {
            return Err(bad("for several servers write redis+sentinel:// or redis+cluster://"));
        }
        let mut settings =
            RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
        if let Some(who) = who {
            let (user, password) = who.split_once(':').unwrap_or((who, ""));
            if !user.is_empty() {
                settings = settings.set_username(decoded(user)?);
            }
            if !password.is_empty() {
                settings = settings.set_password(decoded(password)?);
            }
        }
        if !database.is_empty() {
            settings = settings.set_db(database.parse().map_err(|_| bad("its database is no number"))?);
        }
        let mut prefix = "ck:".to_owned();
        let (mut sentinel, mut roots) = ((None, None), None);
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name {
                "prefix" => prefix = decoded(value)?,
                "db" => {
                    settings = settings.set_db(value.parse().map_err(|_| bad("its database is no number"))?)
                }
                "sentinel_user" => sentinel.0 = Some(decoded(value)?),
                "sentinel_password" => sentinel.1 = Some(decoded(value)?),
                "sslrootcert" => {
                    let file = decoded(value)?;
                    let read = std::fs::read(&file);
                    roots = Some(read.map_err(|error| bad(format!("sslrootcert {file}: {error}")))?);
                }
                other => {
                    let known = "prefix, db, sentinel_user, sentinel_password and sslrootcert";
                    return Err(bad(format!("there is no {other}: there are {known}")));
                }
            }
        }
        let address = Self { kind, places, is_encrypted, settings, sentinel, roots, prefix };
        if !is_encrypted && !address.places.iter().all(|(host, _)| is_here(host)) {
            return Err(OpenError::InTheClear { server: address.name() });
        }
        Ok(address)
    }

    /// What a server is called in messages: where it is, and no password.
    pub(crate) fn name(&self) -> String {
        let places: Vec<String> = self.places.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        places.join(",")
    }
}

#[cfg(test)]
mod tests;
