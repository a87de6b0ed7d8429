//! When sessions were used, until the store knows.

use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use cloakroom_store::sessions::Touch;
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// A session was used from `since` to `last`, never with a pause as long as its idle limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) since: Time,
    pub(crate) last: Time,
}

/// The uses that are not written down yet.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<BTreeMap<SessionId, Use>>);

impl Uses {
    pub(crate) fn note(&self, session: SessionId, new: Use) {
        let mut noted = self.0.lock();
        let one = noted.entry(session).or_insert(new);
        *one = Use { since: one.since.min(new.since), last: one.last.max(new.last) };
    }

    pub(crate) fn of(&self, session: SessionId) -> Option<Use> {
        self.0.lock().get(&session).copied()
    }

    /// Hands all of them over, to be written.
    pub(crate) fn take(&self) -> Vec<Touch> {
        let taken = core::mem::take(&mut *self.0.lock()).into_iter();
        taken.map(|(session, Use { since, last })| Touch { session, since, seen: last }).collect()
    }
}
