//! What is in a cell.

use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Row, Session, Standing};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::family::{decode_family, encode_family};
use cloakroom_store::codec::{decode_session, encode_session, room};

/// How many tickets that are not current are remembered for one session.
const MOST_OLD_TICKETS: usize = 16;

const SESSION_V1: u8 = 1;
const OLD_V1: u8 = 2;

/// A ticket that is not current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OldTicket {
    pub(crate) look_up: LookUp,
    pub(crate) standing: Standing,
    pub(crate) round: u32,
    pub(crate) kid: u16,
}

/// A session with everything that lives and ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) row: Row,
    pub(crate) old: Vec<OldTicket>,
    pub(crate) families: Vec<Family>,
    pub(crate) children: Vec<SessionId>,
}

/// What a ticket names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// Its session.
    Current(Box<Kept>),
    /// A session that has another one by now, or will take this one when it is presented.
    Of(SessionId),
}

impl Kept {
    /// A session that begins.
    pub(crate) fn new(row: Row, family: Option<Family>) -> Self {
        Self { row, old: Vec::new(), families: family.into_iter().collect(), children: Vec::new() }
    }

    pub(crate) const fn id(&self) -> SessionId {
        self.row.session.id
    }

    pub(crate) const fn session(&self) -> &Session {
        &self.row.session
    }

    pub(crate) fn old_ticket(&self, look_up: &LookUp) -> Option<&OldTicket> {
        self.old.iter().find(|old| old.look_up == *look_up)
    }

    /// How many tickets would begin the next round. One left over from the round that has begun is good too, but is no offer any more.
    pub(crate) fn pending(&self) -> u32 {
        let round = self.row.session.ticket;
        let offers = self.old.iter().filter(|old| old.standing == Standing::Pending && old.round > round);
        u32::try_from(offers.count()).unwrap_or(u32::MAX)
    }

    /// Remembers a ticket. The oldest makes room.
    pub(crate) fn remember(&mut self, ticket: OldTicket) -> Option<LookUp> {
        self.old.retain(|old| old.look_up != ticket.look_up);
        self.old.push(ticket);
        (self.old.len() > MOST_OLD_TICKETS).then(|| self.old.remove(0).look_up)
    }

    pub(crate) fn family(&self, id: FamilyId) -> Option<&Family> {
        self.families.iter().find(|family| family.id == id)
    }

    /// A family in place of what it was before.
    pub(crate) fn go_on(&mut self, next: Family) {
        self.families
            .iter_mut()
            .filter(|family| family.id == next.id)
            .for_each(|family| *family = next.clone());
    }
}

impl Ticket {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Of(session) => {
                let mut writer = Writer::with_room(&[OLD_V1], 16);
                writer.fixed(&session.to_bytes());
                writer.finish()
            }
            Self::Current(kept) => kept.encode(),
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let ticket = match reader.byte()? {
            OLD_V1 => Self::Of(SessionId::from_bytes(reader.fixed()?)),
            SESSION_V1 => Self::Current(Box::new(Kept::decode(&mut reader)?)),
            _ => return Err(Malformed),
        };
        reader.end()?;
        Ok(ticket)
    }
}

impl Kept {
    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_room(&[SESSION_V1], room(&self.row.session) + 64);
        writer.bytes(&encode_session(&self.row)).signed(self.row.session.last_seen.millis());
        writer.number(self.old.len() as u64);
        for old in &self.old {
            writer.fixed(&old.look_up.0).number(u64::from(old.round)).fixed(&old.kid.to_be_bytes());
            match old.standing {
                Standing::Superseded(at) => writer.byte(1).signed(at.millis()),
                _ => writer.byte(0),
            };
        }
        writer.number(self.families.len() as u64);
        self.families.iter().for_each(|family| {
            writer.bytes(&encode_family(family));
        });
        writer.number(self.children.len() as u64);
        self.children.iter().for_each(|child| {
            writer.fixed(&child.to_bytes());
        });
        writer.finish()
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let record = reader.bytes()?;
        let row = decode_session(record, Time::from_millis(reader.signed()?))?;
        let old = list(reader, |reader| {
            Ok(OldTicket {
                look_up: LookUp(reader.fixed()?),
                round: u32::try_from(reader.number()?).map_err(|_| Malformed)?,
                kid: u16::from_be_bytes(reader.fixed()?),
                standing: match reader.byte()? {
                    0 => Standing::Pending,
                    1 => Standing::Superseded(Time::from_millis(reader.signed()?)),
                    _ => return Err(Malformed),
                },
            })
        })?;
        let families = list(reader, |reader| decode_family(reader.bytes()?))?;
        let children = list(reader, |reader| Ok(SessionId::from_bytes(reader.fixed()?)))?;
        Ok(Self { row, old, families, children })
    }
}

/// A list behind its length. The length is not believed further than the bytes go.
fn list<T>(
    reader: &mut Reader<'_>,
    item: impl Fn(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.number()?;
    (0..count).map(|_| item(reader)).collect()
}

/// The sessions of a subject.
pub(crate) fn encode_ids(ids: &[SessionId]) -> Vec<u8> {
    ids.iter().flat_map(|id| id.to_bytes()).collect()
}

/// The inverse of [`encode_ids`].
pub(crate) fn decode_ids(bytes: &[u8]) -> Result<Vec<SessionId>, Malformed> {
    let (ids, rest) = bytes.as_chunks::<16>();
    if rest.is_empty() {
        Ok(ids.iter().map(|id| SessionId::from_bytes(*id)).collect())
    } else {
        Err(Malformed)
    }
}
