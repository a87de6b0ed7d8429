//! Sessions on a server of their own.

use crate::misuse::Misuse;
use crate::store::Opened;
use cloakroom_authority::{OpenError, record_mac};
use cloakroom_model::ports::Clock;
use cloakroom_model::words::secret::Secret;
use cloakroom_store::stores::{Durable, Stores};
use cloakroom_store_redis::Options;
use cloakroom_store_split::SplitStore;
use std::sync::Arc;

/// A store with its sessions, at this address if there is one.
pub(crate) async fn whole(
    opened: Opened,
    sessions: Option<Secret<String>>,
    ring: &cloakroom_authority::KeyRing,
    clock: &Arc<dyn Clock>,
) -> Result<Stores, Misuse> {
    let (durable, url) = match (opened, sessions) {
        (Opened::Whole(stores), None) => return Ok(stores),
        (Opened::Whole(stores), Some(url)) => (Durable::from(stores), url),
        (Opened::WithoutSessions(durable, own), url) => (durable, url.unwrap_or(own)),
    };
    let mac = record_mac(ring).map_err(|_| OpenError::NoSecrets)?;
    let redis = Options::at(url.expose().as_str(), mac).clock(clock.clone()).open().await?;
    let redis = Arc::new(redis);
    let both = SplitStore::new(redis.clone(), durable, clock.clone());
    Ok(SplitStore::stores(Arc::new(both), redis))
}
