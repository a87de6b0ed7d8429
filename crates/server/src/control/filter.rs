//! Which sessions somebody means.

use crate::config::duration;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::time::{Span, Time};
use core::str::FromStr;
use serde::{Deserialize, Serialize};

/// One condition, as it is typed: `host=app.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Filter {
    /// On this host.
    Host(String),
    /// Opened from an address that begins like this.
    Address(String),
    /// On a device whose name contains this.
    Device(String),
    /// Of somebody in this group.
    Group(String),
    /// Opened longer ago than so many milliseconds.
    Older(i64),
    /// Not used for so many milliseconds.
    Idle(i64),
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "a condition is host=NAME, address=PREFIX, device=WORD, group=NAME, older=7d or idle=2h"
                .to_owned()
        };
        let (name, value) = text.split_once('=').filter(|(_, value)| !value.is_empty()).ok_or_else(wrong)?;
        let span = || duration(value).map(Span::as_millis).ok_or_else(wrong);
        Ok(match name {
            "host" => Self::Host(value.to_ascii_lowercase()),
            "address" => Self::Address(value.to_owned()),
            "device" => Self::Device(value.to_lowercase()),
            "group" => Self::Group(value.to_owned()),
            "older" => Self::Older(span()?),
            "idle" => Self::Idle(span()?),
            _ => return Err(wrong()),
        })
    }
}

impl Filter {
    /// Whether it holds.
    pub(super) fn holds(&self, session: &Session, account: &Account, now: Time) -> bool {
        let since = |then: Time| now.since(then).as_millis();
        match self {
            Self::Host(host) => session.host.as_str() == host,
            Self::Address(prefix) => session.device.address.starts_with(prefix.as_str()),
            Self::Device(word) => session.device.label.to_lowercase().contains(word.as_str()),
            Self::Group(group) => account.groups.iter().any(|other| other.as_str() == group),
            Self::Older(millis) => since(session.created) > *millis,
            Self::Idle(millis) => since(session.last_seen) > *millis,
        }
    }
}

#[cfg(test)]
mod tests;
