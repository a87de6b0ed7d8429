//! The MAC over records in stores that others can write to.

use cloakroom_crypto::derive::{Purpose, Unavailable};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_crypto::mac::MacKey;
use cloakroom_store::cells::RecordMac;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One key for each root key: what was written under an earlier one is read still.
#[derive(Debug)]
struct RecordMacs {
    active: u16,
    keys: BTreeMap<u16, MacKey>,
}

/// The MAC over records, under the root keys of a ring.
pub fn record_mac(ring: &KeyRing) -> Result<Arc<dyn RecordMac>, Unavailable> {
    let key = |kid| Ok((kid, ring.mac(kid, Purpose::RecordMac, b"cells")?));
    let keys: Result<BTreeMap<_, _>, _> = ring.kids().map(key).collect();
    Ok(Arc::new(RecordMacs { active: ring.active(), keys: keys? }))
}

impl RecordMac for RecordMacs {
    fn tag(&self, parts: &[&[u8]]) -> Option<(u16, [u8; 16])> {
        let tag = self.keys.get(&self.active)?.tag(parts);
        tag.first_chunk().map(|tag| (self.active, *tag))
    }

    fn is_ours(&self, key: u16, parts: &[&[u8]], tag: &[u8; 16]) -> bool {
        self.keys.get(&key).is_some_and(|key| key.verify(parts, tag))
    }
}

#[cfg(test)]
mod tests;
