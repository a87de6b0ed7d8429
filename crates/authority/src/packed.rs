//! A session as memory has it: taken apart only as far as somebody asks.

use crate::cache::known::Known;
use crate::denied::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::Time;

/// A live session, not yet taken apart.
#[derive(Debug, Clone)]
pub struct Packed {
    known: Known,
    seen: Time,
}

impl Packed {
    pub(crate) const fn of(known: Known, seen: Time) -> Self {
        Self { known, seen }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SessionId {
        self.known.session_id()
    }

    /// Who it is about, and with which groups.
    pub fn account(&self) -> Result<(Option<SubjectId>, Vec<Group>), Denied> {
        self.known.account().ok_or(Denied::corrupt())
    }

    /// The session, but for what only the devices page shows.
    pub fn session(&self) -> Result<Session, Denied> {
        self.known.unpack(self.seen).ok_or(Denied::corrupt())
    }
}
