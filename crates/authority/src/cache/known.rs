//! A session as it is kept in memory: one allocation, what every request looks at in front, the rest packed.

use cloakroom_model::records::session::{Device, Session};
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::{read_account, read_session, room, write_session};
use std::sync::Arc;

/// What a copy is found by: a keyed hash of host, client and ticket. The decision it stands for was made for
/// exactly these.
pub(crate) type Key = [u8; 16];

const ID: usize = 16;
const GOOD_UNTIL: usize = 32;
const IDLE: usize = 40;
const REST: usize = 44;

/// A packed session.
#[derive(Clone)]
pub(crate) struct Known(Arc<[u8]>);

/// What an app keeps is not for logs, and the key is derived from a ticket.
impl core::fmt::Debug for Known {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Known({}, {} bytes)", self.session_id(), self.0.len())
    }
}

impl Known {
    /// Packs a session. What only the devices page shows is left out.
    pub(crate) fn pack(key: Key, session: &Session, good_until: Time) -> Self {
        let idle = u32::try_from(session.idle.as_millis() / 1_000).unwrap_or(u32::MAX);
        let mut writer = Writer::with_room(&key, room(session));
        writer
            .fixed(&session.id.to_bytes())
            .fixed(&good_until.millis().to_le_bytes())
            .fixed(&idle.to_le_bytes());
        write_session(&mut writer, session, &Device::default());
        Self(writer.finish().into())
    }

    fn at<const N: usize>(&self, place: usize) -> [u8; N] {
        let found = self.0.get(place..).and_then(<[u8]>::first_chunk);
        found.copied().unwrap_or([0; N])
    }

    pub(crate) fn key(&self) -> Key {
        self.at(0)
    }

    pub(crate) fn session_id(&self) -> SessionId {
        SessionId::from_bytes(self.at(ID))
    }

    pub(crate) fn good_until(&self) -> Time {
        Time::from_millis(i64::from_le_bytes(self.at(GOOD_UNTIL)))
    }

    pub(crate) fn idle_seconds(&self) -> u32 {
        u32::from_le_bytes(self.at(IDLE))
    }

    /// Who it is about, and with which groups.
    pub(crate) fn account(&self) -> Option<(Option<SubjectId>, Vec<Group>)> {
        read_account(&mut Reader::new(self.0.get(REST..)?)).ok()
    }

    /// The session, but for its device.
    pub(crate) fn unpack(&self, last_seen: Time) -> Option<Session> {
        let mut reader = Reader::new(self.0.get(REST..)?);
        let session = read_session(&mut reader, self.session_id(), last_seen).ok()?;
        reader.end().ok().map(|()| session)
    }
}
