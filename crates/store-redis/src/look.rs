//! What must be true of a server, and what should be.

use crate::error::{Failed, OpenError};
use crate::link::Links;
use core::fmt;
use redis::InfoDict;
use std::collections::BTreeMap;

/// The oldest server that works, as its two first numbers.
const OLDEST: (u32, u32) = (6, 2);

/// What whoever runs the server should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worry {
    /// Nothing is written to a disk.
    KeepsNothing,
    /// A copy is made now and then.
    KeepsCopies,
    /// Another server repeats it, some time later.
    IsRepeated,
}

impl fmt::Display for Worry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KeepsNothing => {
                "Redis keeps nothing on a disk: when it is restarted everybody is signed out (set appendonly yes)"
            }
            Self::KeepsCopies => {
                "Redis makes a copy now and then: when it is restarted the sessions since the last one are gone (set appendonly yes)"
            }
            Self::IsRepeated => {
                "a server repeats the Redis server some time later: after a failover the newest sessions may be gone. Nothing comes back that was ended"
            }
        })
    }
}

fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

/// Looks at a server before it is used.
pub(crate) async fn look(links: &Links, server: &str) -> Result<Vec<Worry>, OpenError> {
    let unreachable = |why: Failed| OpenError::Unreachable { server: server.to_owned(), why };
    let info: InfoDict = links.command(redis::cmd("INFO").arg("everything")).await.map_err(unreachable)?;
    let text = |name| info.get::<String>(name).unwrap_or_default();
    let found = text("redis_version");
    if version(&found) < OLDEST {
        return Err(OpenError::OldServer { server: server.to_owned(), found });
    }
    let policy = text("maxmemory_policy");
    if !policy.is_empty() && policy != "noeviction" {
        return Err(OpenError::Evicts { server: server.to_owned(), policy });
    }
    let mut worries = Vec::new();
    if text("aof_enabled") != "1" {
        // Where it may not be asked, nothing is said of it.
        let save: Result<BTreeMap<String, String>, Failed> =
            links.command(redis::cmd("CONFIG").arg("GET").arg("save")).await;
        let saves = save.map_or(true, |save| save.values().any(|save| !save.is_empty()));
        worries.push(if saves { Worry::KeepsCopies } else { Worry::KeepsNothing });
    }
    if text("connected_slaves").parse::<u32>().is_ok_and(|slaves| slaves > 0) {
        worries.push(Worry::IsRepeated);
    }
    Ok(worries)
}
