//! The host a ticket is good for.

use super::text::Malformed;
use core::fmt;
use core::str::FromStr;
use std::sync::Arc;

/// A host name with an optional port, lower case, as an origin has it. A ticket of one host opens nothing
/// on another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Arc<str>);

impl Host {
    /// The host as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    name.len() <= 253 && name.split('.').all(label)
}

fn is_bracketed_v6(name: &str) -> bool {
    name.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|inner| inner.parse::<core::net::Ipv6Addr>().is_ok_and(|a| a.to_string() == inner))
}

impl FromStr for Host {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let after_name = if text.starts_with('[') { text.find(']').map_or(0, |end| end + 1) } else { 0 };
        let (name, port) = match text.get(after_name..).and_then(|rest| rest.find(':')) {
            Some(colon) => text.split_at(after_name + colon),
            None => (text, ""),
        };
        let port_fits = match port.strip_prefix(':') {
            None => port.is_empty(),
            Some(digits) => digits.parse::<u16>().is_ok_and(|p| p != 0 && p.to_string() == digits),
        };
        if port_fits && (is_name(name) || is_bracketed_v6(name)) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed)
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests;
