//! What must be true of a server, and what should be.

use crate::error::{Failed, OpenError};
use crate::link::Links;
use cloakroom_model::words::time::Time;
use core::fmt;
use redis::InfoDict;
use std::collections::BTreeMap;

/// The oldest server that works, as its two first numbers.
const OLDEST: (u32, u32) = (6, 2);

/// What whoever runs the server should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

fn text(info: &InfoDict, name: &str) -> String {
    info.get::<String>(name).unwrap_or_default()
}

/// What each server that is written to says of itself.
async fn infos(links: &Links) -> Result<Vec<InfoDict>, Failed> {
    links.ask(|mut connection| async move { connection.infos().await }).await
}

/// Looks at servers before they are used.
pub(crate) async fn look(links: &Links, server: &str) -> Result<Vec<Worry>, OpenError> {
    let unreachable = |why: Failed| OpenError::Unreachable { server: server.to_owned(), why };
    let mut worries = Vec::new();
    for info in infos(links).await.map_err(unreachable)? {
        let found = text(&info, "redis_version");
        if version(&found) < OLDEST {
            return Err(OpenError::OldServer { server: server.to_owned(), found });
        }
        let policy = text(&info, "maxmemory_policy");
        if !policy.is_empty() && policy != "noeviction" {
            return Err(OpenError::Evicts { server: server.to_owned(), policy });
        }
        if text(&info, "aof_enabled") != "1" {
            // Where it may not be asked, nothing is said of it.
            let save: Result<BTreeMap<String, String>, Failed> =
                links.command(redis::cmd("CONFIG").arg("GET").arg("save")).await;
            let saves = save.map_or(true, |save| save.values().any(|save| !save.is_empty()));
            worries.push(if saves { Worry::KeepsCopies } else { Worry::KeepsNothing });
        }
        if text(&info, "connected_slaves").parse::<u32>().is_ok_and(|slaves| slaves > 0) {
            worries.push(Worry::IsRepeated);
        }
    }
    worries.sort_unstable();
    worries.dedup();
    Ok(worries)
}

/// Whether each write is on a disk before it is acknowledged. Where that may not be asked, it is not believed.
pub(crate) async fn keeps_all(links: &Links) -> Result<bool, Failed> {
    let appends = infos(links).await?.iter().all(|info| text(info, "aof_enabled") == "1");
    let mut how = redis::cmd("CONFIG");
    how.arg("GET").arg("appendfsync");
    let how: Result<BTreeMap<String, String>, Failed> = links.command(&how).await;
    Ok(appends && how.is_ok_and(|how| how.values().any(|how| how == "always")))
}

/// Since when these servers are the ones that are written to: what was written to others before may be lost. After a restart and after a failover
/// they are others.
pub(crate) async fn since(links: &Links, now: Time) -> Result<Time, Failed> {
    let infos = infos(links).await?;
    let mut who: Vec<String> =
        infos.iter().map(|info| text(info, "master_replid") + &text(info, "run_id")).collect();
    who.sort_unstable();
    let mut recognise = links.scripts().recognise.prepare_invoke();
    recognise.key(links.key("servers")).arg(who.concat()).arg(now.millis());
    let recognise = &recognise;
    let since: i64 =
        links.ask(|mut connection| async move { recognise.invoke_async(&mut connection).await }).await?;
    Ok(Time::from_millis(since))
}
