//! What is written where there is nothing but Redis.

use super::ask::{corrupt, number};
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::event::Event;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::key::KeyRecord;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::codec::key_state;
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::Entry;
use cloakroom_store::neighbours::Said;

/// How long a number is that is compared as text.
const DIGITS: usize = 20;

/// A number that is compared as text.
pub(super) fn digits(number: u64) -> Vec<u8> {
    format!("{number:0DIGITS$}").into_bytes()
}

/// How much a key must be at least, by what is kept of it.
pub(super) fn at_least(kept: &[u8]) -> Answer<u64> {
    number(kept.get(..DIGITS).ok_or_else(corrupt)?)
}

/// A fact in its place.
pub(super) fn entry(key: &[u8], kept: &[u8]) -> Answer<Entry> {
    let (least, rest) = kept.split_at_checked(DIGITS).ok_or_else(corrupt)?;
    let (until, seq) = rest.split_at_checked(DIGITS).ok_or_else(corrupt)?;
    let until = Time::from_millis(number(until)?);
    let key = FactKey::from_bytes(key).map_err(|_| corrupt())?;
    Ok(Entry { seq: number(seq)?, fact: KeptFact { fact: Fact { key, at_least: number(least)? }, until } })
}

/// A link of the chain: its digest, that of the event, and the event, unless that was erased.
pub(super) fn link(link: &Link) -> Vec<u8> {
    let event = link.event.as_ref().map(Event::to_bytes).unwrap_or_default();
    [&link.digest.0[..], &link.payload.0, &event].concat()
}

/// The inverse of [`link`].
pub(super) fn link_from(seq: u64, bytes: &[u8]) -> Answer<Link> {
    let read = || {
        let (digest, rest) = bytes.split_first_chunk()?;
        let (payload, event) = rest.split_first_chunk()?;
        let event = if event.is_empty() { None } else { Some(Event::from_bytes(event).ok()?) };
        Some(Link { seq, event, payload: Digest(*payload), digest: Digest(*digest) })
    };
    read().ok_or_else(corrupt)
}

fn malformed(_: Malformed) -> cloakroom_store::fault::Fault {
    corrupt()
}

pub(super) fn key(record: &KeyRecord) -> Vec<u8> {
    let mut writer = Writer::beginning(&[1]);
    writer.fixed(&record.id.to_bytes()).number(record.kid.into()).text(&record.purpose);
    writer.signed(key_state::code(record.state));
    writer.signed(record.created.millis()).signed(record.changed.millis()).bytes(&record.sealed);
    writer.finish()
}

/// The inverse of [`key`].
pub(super) fn key_from(bytes: &[u8]) -> Answer<KeyRecord> {
    let read = || {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != 1 {
            return Err(Malformed);
        }
        let record = KeyRecord {
            id: KeyId::from_bytes(reader.fixed()?),
            kid: u16::try_from(reader.number()?).map_err(|_| Malformed)?,
            purpose: reader.text()?.to_owned(),
            state: key_state::state(reader.signed()?).ok_or(Malformed)?,
            created: Time::from_millis(reader.signed()?),
            changed: Time::from_millis(reader.signed()?),
            sealed: reader.bytes()?.to_vec(),
        };
        reader.end().map(|()| record)
    };
    read().map_err(malformed)
}

pub(super) fn signed_head(signed: &SignedHead) -> Vec<u8> {
    let mut writer = Writer::beginning(&[1]);
    writer.number(signed.lane.0.into()).number(signed.head.seq).fixed(&signed.head.digest.0);
    writer.signed(signed.at.millis()).number(signed.kid.into()).fixed(&signed.mac);
    writer.finish()
}

/// The inverse of [`signed_head`].
pub(super) fn signed_head_from(bytes: &[u8]) -> Answer<SignedHead> {
    let read = || {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != 1 {
            return Err(Malformed);
        }
        let signed = SignedHead {
            lane: LaneId(u32::try_from(reader.number()?).map_err(|_| Malformed)?),
            head: ChainHead { seq: reader.number()?, digest: Digest(reader.fixed()?) },
            at: Time::from_millis(reader.signed()?),
            kid: u16::try_from(reader.number()?).map_err(|_| Malformed)?,
            mac: reader.fixed()?,
        };
        reader.end().map(|()| signed)
    };
    read().map_err(malformed)
}

/// What a process says of its verifiers; none if it has none.
pub(super) fn said(said: Option<&Said>) -> Vec<u8> {
    let Some(said) = said else { return vec![0] };
    let mut writer = Writer::beginning(&[1]);
    writer.signed(said.bears.as_millis());
    for (lane, head) in &said.heads {
        writer.number(lane.0.into()).number(*head);
    }
    writer.finish()
}

/// The inverse of [`said`].
pub(super) fn said_from(bytes: &[u8]) -> Answer<Option<Said>> {
    let read = || {
        let mut reader = Reader::new(bytes);
        match reader.byte()? {
            0 => return Ok(None),
            1 => {}
            _ => return Err(Malformed),
        }
        let mut said = Said { bears: Span::millis(reader.signed()?), heads: Vec::new() };
        while reader.end().is_err() {
            let lane = u32::try_from(reader.number()?).map_err(|_| Malformed)?;
            said.heads.push((LaneId(lane), reader.number()?));
        }
        Ok(Some(said))
    };
    read().map_err(malformed)
}
