//! What promises less than you may think. Everything here is named for what it gives up, and wants a reason.

#[cfg(feature = "redis")]
use crate::misuse::Misuse;
use crate::store::{MemoryStore, Opened, Store};
use cloakroom_model::ports::Clock;
#[cfg(feature = "redis")]
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::token::mint::{BadClaim, Extra, of_anything};
#[cfg(feature = "redis")]
use cloakroom_store_redis::RedisLedger;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// In place of a store, for sessions that cookies carry.
#[derive(Debug, Clone, Copy)]
pub struct SealedWithoutRevocation(&'static str);

/// No ledger: what is signed out or revoked is refused by this process until it ends. After that, and in every other
/// process, a copy of the cookie is good again until it runs out by itself.
#[must_use]
pub const fn sealed_without_revocation(reason: &'static str) -> SealedWithoutRevocation {
    SealedWithoutRevocation(reason)
}

/// Claims that nobody looks through for secrets. Everybody who holds a token can read it, and so can every log and every cache that it
/// passes: say why what stands in it is none. Without a reason it is refused.
pub fn claims_with_secrets(claims: &impl Serialize, reason: &'static str) -> Result<Extra, BadClaim> {
    if reason.trim().is_empty() { Err(BadClaim::NoReason) } else { of_anything(claims) }
}

impl Store for SealedWithoutRevocation {
    fn open(self, clock: Arc<dyn Clock>) -> Opened {
        MemoryStore::default().open(clock)
    }

    fn key_file(&self) -> Option<PathBuf> {
        None
    }

    fn may_forget(&self) -> Option<&'static str> {
        Some(self.0)
    }
}

/// In place of a store: Redis or Valkey, and nothing else.
#[cfg(feature = "redis")]
#[derive(Debug)]
pub struct RedisAlone {
    ledger: RedisLedger,
    url: Secret<String>,
    reason: &'static str,
}

/// Sessions, and what was taken back, on one Redis or Valkey server (`rediss://…`), for several processes that have nothing else. What a server
/// loses, when it is restarted or another one takes over, is lost: who signed out last may be signed in again, and what was revoked last is good
/// again until it runs out. With `.sessions_on(…)` a SQLite or PostgreSQL store decides, and nothing of that can happen.
#[cfg(feature = "redis")]
pub async fn redis_alone(url: impl Into<String>, reason: &'static str) -> Result<RedisAlone, Misuse> {
    let url = url.into();
    Ok(RedisAlone { ledger: RedisLedger::open(&url).await?, url: Secret::new(url), reason })
}

#[cfg(feature = "redis")]
impl RedisAlone {
    /// What whoever runs the server should know of its settings.
    #[must_use]
    pub fn worries(&self) -> Vec<String> {
        self.ledger.worries().iter().map(ToString::to_string).collect()
    }
}

#[cfg(feature = "redis")]
impl Store for RedisAlone {
    fn open(self, _: Arc<dyn Clock>) -> Opened {
        Opened::WithoutSessions(RedisLedger::durable(Arc::new(self.ledger)), self.url)
    }

    /// Beside the program, and the same for each that uses the server: one that has another does not start.
    fn key_file(&self) -> Option<PathBuf> {
        Some(PathBuf::from("cloakroom.key"))
    }

    fn may_forget(&self) -> Option<&'static str> {
        Some(self.reason)
    }
}
