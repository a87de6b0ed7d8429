//! Sessions on a server of their own.

use crate::misuse::Misuse;
use cloakroom_authority::{OpenError, record_mac};
use cloakroom_model::ports::Clock;
use cloakroom_model::words::secret::Secret;
use cloakroom_store::stores::Stores;
use cloakroom_store_redis::Options;
use cloakroom_store_split::SplitStore;
use std::sync::Arc;

/// The store with its sessions on Redis or Valkey.
pub(crate) async fn sessions_apart(
    durable: Stores,
    url: &Secret<String>,
    ring: &cloakroom_authority::KeyRing,
    clock: &Arc<dyn Clock>,
) -> Result<Stores, Misuse> {
    let mac = record_mac(ring).map_err(|_| OpenError::NoSecrets)?;
    let redis = Options::at(url.expose().as_str(), mac).clock(clock.clone()).open().await?;
    let redis = Arc::new(redis);
    let both = SplitStore::new(redis.clone(), durable, clock.clone());
    Ok(SplitStore::stores(Arc::new(both), redis))
}
