//! A web origin: scheme, host and port.

use super::host::Host;
use super::text::Malformed;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

/// How a browser reaches a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

/// An origin as a browser writes it into the `Origin` header: `https://app.example.com`, the port only where it is not
/// the scheme's own.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebOrigin {
    scheme: Scheme,
    host: Host,
    text: String,
}

impl WebOrigin {
    /// The scheme.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, with its port where it has one.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }

    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host without its port.
    #[must_use]
    pub fn name(&self) -> &str {
        name_and_port(self.host.as_str()).0
    }

    /// The port, the scheme's own if none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        let own = match self.scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        name_and_port(self.host.as_str()).1.and_then(|port| port.parse().ok()).unwrap_or(own)
    }

    /// Whether nobody outside of this machine is reached under this name.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let name = self.name();
        name == "localhost"
            || name.ends_with(".localhost")
            || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || name
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(|inner| inner.parse::<Ipv6Addr>().ok())
                .is_some_and(|address| address.is_loopback())
    }
}

fn name_and_port(host: &str) -> (&str, Option<&str>) {
    let after_name = host.find(']').map_or(0, |end| end + 1);
    match host.get(after_name..).and_then(|rest| rest.find(':')) {
        Some(colon) => {
            let (name, port) = host.split_at(after_name + colon);
            (name, port.strip_prefix(':'))
        }
        None => (host, None),
    }
}

impl FromStr for WebOrigin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (scheme, own_port, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (Scheme::Https, ":443", rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (Scheme::Http, ":80", rest)
        } else {
            return Err(Malformed);
        };
        if rest.ends_with(own_port) {
            return Err(Malformed);
        }
        Ok(Self { scheme, host: rest.parse()?, text: text.to_owned() })
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests;
