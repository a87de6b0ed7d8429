//! How often a refresh token that was renewed a moment ago is answered again. Counted in memory: racing tabs are a few, and whoever
//! comes more often than that is told to wait.

use cloakroom_model::words::id::FamilyId;
use cloakroom_model::words::time::{Span, Time};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Families beyond this are forgotten together.
const FAMILIES_AT_MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<BTreeMap<FamilyId, (Time, u32)>>);

impl Replays {
    /// Whether this one is still within the limit of its window.
    pub(crate) fn may(&self, family: FamilyId, window: Span, at_most: u32, now: Time) -> bool {
        let mut families = self.0.lock();
        if families.len() >= FAMILIES_AT_MOST {
            families.retain(|_, (since, _)| now < since.plus(window));
        }
        if families.len() >= FAMILIES_AT_MOST {
            families.clear();
        }
        let (since, count) = families.entry(family).or_insert((now, 0));
        if now >= since.plus(window) || now < *since {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= at_most
    }
}

#[cfg(test)]
mod tests;
