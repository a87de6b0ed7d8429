//! Records under a MAC: what is in a cell, and where, and which change put it there.

use cloakroom_store::cells::RecordMac;
use cloakroom_store::ledger::Intent;

const TAG: usize = 16;

/// The value of a cell as it is kept.
pub(crate) fn sealed(mac: &dyn RecordMac, key: &[u8], revision: Intent, value: &[u8]) -> Option<Vec<u8>> {
    let (kid, tag) = mac.tag(&[key, &revision.0, value])?;
    let mut sealed = Vec::with_capacity(value.len() + 2 + TAG);
    sealed.extend_from_slice(value);
    sealed.extend_from_slice(&kid.to_be_bytes());
    sealed.extend_from_slice(&tag);
    Some(sealed)
}

/// The inverse of [`sealed`]; none if it was not put there by that change.
pub(crate) fn opened(mac: &dyn RecordMac, key: &[u8], revision: Intent, sealed: &[u8]) -> Option<Vec<u8>> {
    let (rest, tag) = sealed.split_last_chunk::<TAG>()?;
    let (value, kid) = rest.split_last_chunk::<2>()?;
    mac.is_ours(u16::from_be_bytes(*kid), &[key, &revision.0, value], tag).then(|| value.to_vec())
}
