//! When sessions were used, until the store knows.

use crate::authority::Authority;
use cloakroom_model::records::session::Session;
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

impl Authority {
    /// Whether a session that ran out by what the store knows was used since, by what only memory knows. Its time of
    /// last use is put right, and noted to be written.
    pub(crate) fn was_used_since(&self, session: &mut Session, now: Time) -> bool {
        if now < session.expires() || now >= session.absolute {
            return false;
        }
        let stored = Use { since: session.last_seen, last: session.last_seen };
        let noted = self.0.uses.of(session.id).filter(|noted| noted.since < session.expires());
        let known = noted.unwrap_or(stored).last;
        // The newest use is noted a little later; it is no use if it came too late.
        let newest = self.0.inside.near.seen(session.id).filter(|seen| *seen < known.plus(session.idle));
        session.last_seen = known.max(newest.unwrap_or(known));
        let was_used = now < session.expires();
        if was_used {
            self.0.uses.note(session.id, Use { last: session.last_seen, ..stored });
        }
        was_used
    }
}
