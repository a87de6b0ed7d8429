//! The record of a refresh family as bytes.

use super::read_list;
use cloakroom_model::records::family::{Family, Overtaken};
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::{ClientId, FamilyId, SessionId};
use cloakroom_model::words::shard::Shard;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};

/// Two bytes of ours, the kind of record, the version of its layout.
const FAMILY_V1: [u8; 4] = [b'C', b'K', 2, 1];

/// The record of a family.
#[must_use]
pub fn encode_family(family: &Family) -> Vec<u8> {
    let mut writer = Writer::with_room(&FAMILY_V1, 160);
    writer.fixed(&family.id.to_bytes()).fixed(&family.shard.to_bytes());
    writer.fixed(&family.client.to_bytes()).number(family.client_generation);
    writer.fixed(&family.session.to_bytes()).number(u64::from(family.ticket));
    writer.number(family.scope.len() as u64);
    for scope in &family.scope {
        writer.text(scope.as_str());
    }
    writer.number(family.audience.len() as u64);
    for audience in &family.audience {
        writer.text(audience.as_str());
    }
    match &family.bound_to {
        None => writer.byte(0),
        Some(thumbprint) => writer.byte(1).fixed(thumbprint),
    };
    writer.fixed(&family.salt).number(u64::from(family.generation));
    match family.previous {
        None => writer.byte(0),
        Some(previous) => writer.byte(1).number(u64::from(previous)),
    };
    writer.fixed(&family.kid.to_be_bytes()).signed(family.rotated.millis()).byte(u8::from(family.forked));
    match family.overtaken {
        None => writer.byte(0),
        Some(Overtaken { from, below, at }) => {
            writer.byte(1).number(u64::from(from)).number(u64::from(below)).signed(at.millis())
        }
    };
    match family.doubted {
        None => writer.byte(0),
        Some(doubted) => writer.byte(1).signed(doubted.millis()),
    };
    writer.signed(family.created.millis()).signed(family.last_used.millis());
    writer.signed(family.idle.as_millis()).signed(family.absolute.millis());
    writer.finish()
}

fn small(number: u64) -> Result<u32, Malformed> {
    u32::try_from(number).map_err(|_| Malformed)
}

/// The inverse of [`encode_family`].
pub fn decode_family(bytes: &[u8]) -> Result<Family, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.fixed::<4>()? != FAMILY_V1 {
        return Err(Malformed);
    }
    let family = Family {
        id: FamilyId::from_bytes(reader.fixed()?),
        shard: Shard::from_bytes(reader.fixed()?).ok_or(Malformed)?,
        client: ClientId::from_bytes(reader.fixed()?),
        client_generation: reader.number()?,
        session: SessionId::from_bytes(reader.fixed()?),
        ticket: small(reader.number()?)?,
        scope: read_list(&mut reader, |reader| reader.text()?.parse())?,
        audience: read_list(&mut reader, |reader| reader.text()?.parse())?,
        bound_to: match reader.byte()? {
            0 => None,
            1 => Some(reader.fixed()?),
            _ => return Err(Malformed),
        },
        salt: reader.fixed()?,
        generation: small(reader.number()?)?,
        previous: match reader.byte()? {
            0 => None,
            1 => Some(small(reader.number()?)?),
            _ => return Err(Malformed),
        },
        kid: u16::from_be_bytes(reader.fixed()?),
        rotated: Time::from_millis(reader.signed()?),
        forked: match reader.byte()? {
            0 => false,
            1 => true,
            _ => return Err(Malformed),
        },
        overtaken: match reader.byte()? {
            0 => None,
            1 => Some(Overtaken {
                from: small(reader.number()?)?,
                below: small(reader.number()?)?,
                at: Time::from_millis(reader.signed()?),
            }),
            _ => return Err(Malformed),
        },
        doubted: match reader.byte()? {
            0 => None,
            1 => Some(Time::from_millis(reader.signed()?)),
            _ => return Err(Malformed),
        },
        created: Time::from_millis(reader.signed()?),
        last_used: Time::from_millis(reader.signed()?),
        idle: Span::millis(reader.signed()?),
        absolute: Time::from_millis(reader.signed()?),
    };
    reader.end()?;
    Ok(family)
}

#[cfg(test)]
mod tests;
