//! Records as bytes: a fixed header, then framed fields. When a session was last used stands beside its record,
//! because that changes without it. The digest of the ticket stands inside, so that a record found under another
//! ticket is noticed.

pub mod family;

pub mod account;

pub mod request;

pub mod key_state;

use cloakroom_model::records::data::Data;
use cloakroom_model::records::session::{Assurance, Binding, Class, Device, Generations, Row, Session};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};

/// Two bytes of ours, the kind of record, the version of its layout.
const SESSION_V1: [u8; 4] = [b'C', b'K', 1, 1];

const fn class_code(class: Class) -> u8 {
    match class {
        Class::Anonymous => 0,
        Class::Browser => 1,
        Class::Remembered => 2,
        Class::Console => 3,
        Class::Renewed => 4,
    }
}

fn class_of(code: u8) -> Result<Class, Malformed> {
    [Class::Anonymous, Class::Browser, Class::Remembered, Class::Console, Class::Renewed]
        .into_iter()
        .find(|class| class_code(*class) == code)
        .ok_or(Malformed)
}

fn write_some(writer: &mut Writer, value: Option<&str>) {
    match value {
        None => writer.byte(0),
        Some(text) => writer.byte(1).text(text),
    };
}

fn read_some(reader: &mut Reader<'_>) -> Result<Option<String>, Malformed> {
    match reader.byte()? {
        0 => Ok(None),
        1 => Ok(Some(reader.text()?.to_owned())),
        _ => Err(Malformed),
    }
}

/// A list behind its length. The length is not believed further than the bytes go.
fn read_list<T>(
    reader: &mut Reader<'_>,
    item: impl Fn(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let count = reader.number()?;
    (0..count).map(|_| item(reader)).collect()
}

/// The record of a session.
#[must_use]
pub fn encode_session(row: &Row) -> Vec<u8> {
    let mut writer = Writer::with_room(&SESSION_V1, room(&row.session));
    writer.fixed(&row.look_up.0).fixed(&row.kid.to_be_bytes()).fixed(&row.session.id.to_bytes());
    write_session(&mut writer, &row.session, &row.session.device);
    writer.finish()
}

/// About how long the record of a session is.
#[must_use]
pub fn room(session: &Session) -> usize {
    256 + session.data.as_msgpack().len()
}

/// The inverse of [`encode_session`]; when it was last seen stands elsewhere.
pub fn decode_session(bytes: &[u8], last_seen: Time) -> Result<Row, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.fixed::<4>()? != SESSION_V1 {
        return Err(Malformed);
    }
    let look_up = LookUp(reader.fixed()?);
    let kid = u16::from_be_bytes(reader.fixed()?);
    let id = SessionId::from_bytes(reader.fixed()?);
    let session = read_session(&mut reader, id, last_seen)?;
    reader.end()?;
    Ok(Row { look_up, kid, session })
}

/// The version of the layout that a cookie carries. What the devices page shows is left away.
const CARRIED_V1: u8 = 1;

/// A session as its own cookie carries it.
#[must_use]
pub fn encode_carried(session: &Session) -> Vec<u8> {
    let mut writer = Writer::with_room(&[CARRIED_V1], room(session));
    writer.fixed(&session.id.to_bytes()).signed(session.last_seen.millis());
    write_session(&mut writer, session, &Device::default());
    writer.finish()
}

/// The inverse of [`encode_carried`].
pub fn decode_carried(bytes: &[u8]) -> Result<Session, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.byte()? != CARRIED_V1 {
        return Err(Malformed);
    }
    let id = SessionId::from_bytes(reader.fixed()?);
    let last_seen = Time::from_millis(reader.signed()?);
    let session = read_session(&mut reader, id, last_seen)?;
    reader.end()?;
    Ok(session)
}

/// Everything of a session but its id and when it was last seen; as if it came from `device`.
pub fn write_session(writer: &mut Writer, session: &Session, device: &Device) {
    writer.byte(class_code(session.class)).text(session.host.as_str());
    write_some(writer, session.subject.as_ref().map(|subject| subject.as_str()));
    match session.parent {
        None => writer.byte(0),
        Some(parent) => writer.byte(1).fixed(&parent.to_bytes()),
    };
    match &session.assurance {
        None => writer.byte(0),
        Some(assurance) => {
            writer.byte(1).signed(assurance.at.millis()).number(assurance.methods.len() as u64);
            assurance.methods.iter().fold(&mut *writer, |writer, method| writer.text(method.as_str()))
        }
    };
    writer.number(session.groups.len() as u64);
    session.groups.iter().for_each(|group| {
        writer.text(group.as_str());
    });
    writer.number(session.generations.user).number(session.generations.epoch);
    writer
        .signed(session.created.millis())
        .signed(session.idle.as_millis())
        .signed(session.absolute.millis());
    writer.signed(session.rotated.millis()).number(u64::from(session.ticket)).number(session.version);
    writer.text(&device.label).text(&device.agent).text(&device.address);
    match &session.binding {
        None => {
            writer.byte(0);
        }
        Some(binding) => {
            writer.byte(1);
            write_some(writer, binding.address.as_deref());
            write_some(writer, binding.agent.as_deref());
            write_some(writer, binding.tls.as_deref());
        }
    }
    writer.bytes(session.data.as_msgpack());
}

/// The inverse of [`write_session`].
pub fn read_session(reader: &mut Reader<'_>, id: SessionId, last_seen: Time) -> Result<Session, Malformed> {
    Ok(Session {
        id,
        class: class_of(reader.byte()?)?,
        host: reader.text()?.parse()?,
        subject: read_some(reader)?.map(|subject| subject.parse()).transpose()?,
        parent: match reader.byte()? {
            0 => None,
            1 => Some(SessionId::from_bytes(reader.fixed()?)),
            _ => return Err(Malformed),
        },
        assurance: match reader.byte()? {
            0 => None,
            1 => {
                let at = Time::from_millis(reader.signed()?);
                Some(Assurance { at, methods: read_list(reader, |reader| reader.text()?.parse())? })
            }
            _ => return Err(Malformed),
        },
        groups: read_list(reader, |reader| reader.text()?.parse())?,
        generations: Generations { user: reader.number()?, epoch: reader.number()? },
        created: Time::from_millis(reader.signed()?),
        last_seen,
        idle: Span::millis(reader.signed()?),
        absolute: Time::from_millis(reader.signed()?),
        rotated: Time::from_millis(reader.signed()?),
        ticket: u32::try_from(reader.number()?).map_err(|_| Malformed)?,
        version: reader.number()?,
        device: Device {
            label: reader.text()?.to_owned(),
            agent: reader.text()?.to_owned(),
            address: reader.text()?.to_owned(),
        },
        binding: match reader.byte()? {
            0 => None,
            1 => Some(Binding {
                address: read_some(reader)?,
                agent: read_some(reader)?,
                tls: read_some(reader)?,
            }),
            _ => return Err(Malformed),
        },
        data: Data::from_msgpack(reader.bytes()?)?,
    })
}

/// Of what [`write_session`] wrote only who it is about, and with which groups.
pub fn read_account(reader: &mut Reader<'_>) -> Result<(Option<SubjectId>, Vec<Group>), Malformed> {
    let (_class, _host) = (reader.byte()?, reader.text()?);
    let subject = match reader.byte()? {
        0 => None,
        1 => Some(reader.text()?.parse()?),
        _ => return Err(Malformed),
    };
    if reader.byte()? != 0 {
        let _parent: [u8; 16] = reader.fixed()?;
    }
    if reader.byte()? != 0 {
        let _at = reader.signed()?;
        read_list(reader, |reader| reader.text().map(|_method| ()))?;
    }
    Ok((subject, read_list(reader, |reader| reader.text()?.parse())?))
}

#[cfg(test)]
mod tests;
