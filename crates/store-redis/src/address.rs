//! Where the server is, and how it is spoken to.

use crate::error::OpenError;
use redis::{ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};
use std::net::IpAddr;

/// An address, as connections need it.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) places: Vec<(String, u16)>,
    pub(crate) is_encrypted: bool,
    pub(crate) settings: RedisConnectionInfo,
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
fn is_here(host: &str) -> bool {
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
fn place(text: &str) -> Result<(String, u16), OpenError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':').unwrap_or(port)),
        None => text.rsplit_once(':').unwrap_or((text, "")),
    };
    let port = if port.is_empty() { Ok(6379) } else { port.parse() };
    let host = if host.is_empty() { "localhost" } else { host };
    Ok((host.to_owned(), port.map_err(|_| bad("its port is no number"))?))
}

impl Address {
    /// The address of a text. What leaves this machine goes over TLS, to a server that is certified for its name.
    pub(crate) fn read(url: &str) -> Result<Self, OpenError> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| bad("it begins with redis:// or rediss://"))?;
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
        let (who, rest) = rest.split_once('@').map_or((None, rest), |(who, rest)| (Some(who), rest));
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        let mut settings = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3);
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
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("prefix", value)) => prefix = decoded(value)?,
                _ => return Err(bad(format!("there is no {part}: it has ?prefix=…"))),
            }
        }
        let address = Self { places: vec![place(host)?], is_encrypted, settings, prefix };
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

    pub(crate) fn client(&self) -> Result<redis::Client, OpenError> {
        let Some((host, port)) = self.places.first().cloned() else { return Err(bad("there is no host")) };
        let place = match self.is_encrypted {
            false => ConnectionAddr::Tcp(host, port),
            true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        };
        let failed = |error: redis::RedisError| bad(format!("{:?}", error.kind()));
        let info = place.into_connection_info().map_err(failed)?.set_redis_settings(self.settings.clone());
        redis::Client::open(info).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
