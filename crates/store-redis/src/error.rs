//! What can be wrong with a server.

use cloakroom_store::fault::{Fault, FaultKind};
use core::fmt;
use redis::{ErrorKind, RedisError};

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address cannot be read.
    #[error(
        "CK2050: the address of the Redis server cannot be read: {why}\nhint: redis://user:password@host:6379, and rediss:// over TLS"
    )]
    Address {
        /// What is wrong with it.
        why: String,
    },
    /// Nobody answers there, or not as expected.
    #[error(
        "CK2051: the Redis server at {server} does not answer: {why}\nhint: is it running, and do host, port, user and password fit?"
    )]
    Unreachable {
        /// Which.
        server: String,
        /// What it said.
        why: Failed,
    },
    /// It would go over the network in the clear.
    #[error(
        "CK2052: {server} is another machine, and sessions would go there in the clear\nhint: rediss:// instead of redis://"
    )]
    InTheClear {
        /// Which.
        server: String,
    },
    /// It is too old.
    #[error(
        "CK2053: the server at {server} is Redis {found}, and 6.2 is the oldest that works\nhint: Redis 6.2 or later, or Valkey"
    )]
    OldServer {
        /// Which.
        server: String,
        /// Its version.
        found: String,
    },
    /// It throws away what is in use when it has no room left.
    #[error(
        "CK2054: the server at {server} has maxmemory-policy {policy}: without room left it would sign people out\nhint: maxmemory-policy noeviction"
    )]
    Evicts {
        /// Which.
        server: String,
        /// What it is set to.
        policy: String,
    },
}

/// How a command failed: what the server calls it, and nothing of what it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    what: String,
    /// Whether the same could be tried over another connection.
    pub(crate) is_lost: bool,
    /// Whether it took too long: whoever is there may not be the one any more.
    pub(crate) is_late: bool,
    is_full: bool,
}

impl core::error::Error for Failed {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let means = match self.what.as_str() {
            "NOPERM" => "this user may not do what is needed (docs/operations/stores.md has the rights)",
            "NOAUTH" => "it asks for a password",
            "WRONGPASS" => "user or password are not those it has",
            "READONLY" => "it is a replica, and takes no writes",
            "LOADING" => "it still reads what it had",
            "MOVED" | "CROSSSLOT" => "it is part of a cluster (redis+cluster://)",
            "CLUSTERDOWN" => "the cluster has no server for some of its keys",
            "OOM" => "it has no room left",
            "NOREPLICAS" => "too few replicas have what it has (min-replicas-to-write)",
            "MISCONF" => "it cannot write to its disk",
            _ => return Ok(()),
        };
        write!(f, ": {means}")
    }
}

/// Of a script a server may say that it failed, and only then why.
fn inner(error: &RedisError) -> Option<&'static str> {
    let told = error.detail()?;
    let of_rights = ["The user executing the script can't run this command", "ACL failure in script"];
    if of_rights.iter().any(|words| told.contains(words)) {
        return Some("NOPERM");
    }
    let words = told.split(' ').filter_map(|word| word.strip_prefix('-'));
    let known = ["OOM", "READONLY", "MASTERDOWN", "LOADING", "MISCONF", "NOREPLICAS", "WRONGTYPE", "NOPERM"];
    words.into_iter().find_map(|word| known.into_iter().find(|known| *known == word))
}

impl From<RedisError> for Failed {
    fn from(error: RedisError) -> Self {
        // A server repeats the words of a command it does not understand: its code is enough.
        let what = match (error.code(), error.kind()) {
            (Some("ERR"), _) => inner(&error).unwrap_or("ERR").to_owned(),
            (Some(code), _) => code.to_owned(),
            (None, ErrorKind::Io) => error.to_string(),
            (None, ErrorKind::InvalidClientConfig) => {
                "it is on another machine, and would be spoken to in the clear: rediss+sentinel:// or rediss+cluster:// (CK2052)".to_owned()
            }
            (None, kind) => format!("{kind:?}"),
        };
        // One that was made a replica answers still, and refuses to write.
        let is_deposed = matches!(what.as_str(), "READONLY" | "MASTERDOWN" | "LOADING");
        let is_lost =
            !error.is_timeout() && (error.is_unrecoverable_error() || error.is_connection_dropped());
        Self { is_full: what == "OOM", is_lost: is_lost || is_deposed, is_late: error.is_timeout(), what }
    }
}

impl Failed {
    /// It took too long.
    pub(crate) fn late() -> Self {
        Self { what: "it takes too long".to_owned(), is_lost: false, is_late: true, is_full: false }
    }

    /// By what was told of it.
    pub(crate) const fn as_told(what: String) -> Self {
        Self { what, is_lost: false, is_late: false, is_full: false }
    }

    /// There is another kind of value under the key.
    pub(crate) fn is_another_kind(&self) -> bool {
        self.what == "WRONGTYPE"
    }

    pub(crate) fn fault(self) -> Fault {
        let kind = if self.is_full { FaultKind::Full } else { FaultKind::Unavailable };
        Fault::from_source(kind, self)
    }
}

#[cfg(test)]
mod tests;
