//! Sessions on their way out of cells, and into them. Nobody else uses either store meanwhile.

use crate::intents::Intents;
use crate::kept::{Kept, OldTicket, Ticket, decode_ids, encode_ids};
use crate::steps::{LINGERS, shelf_of};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Standing;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::archive::{ArchiveWriter, Line, NoArchive, NotMoved, Table, Value, table};
use cloakroom_store::cells::{Cell, CellChange, CellKey, Cells, Placing, Shelf};
use cloakroom_store::codec::family::{decode_family, encode_family};
use cloakroom_store::codec::{decode_session, encode_session};
use cloakroom_store::fault::Fault;
use cloakroom_store::ledger::Intent;
use std::collections::HashMap;
use std::io::Write;

/// So many sessions are read at once.
const PAGE: usize = 256;

fn failed(fault: Fault) -> NotMoved {
    let why = core::error::Error::source(&fault).map_or_else(|| fault.to_string(), ToString::to_string);
    NotMoved::Sessions(why)
}

fn named(name: &str) -> Result<&'static Table, NotMoved> {
    table(name).ok_or_else(|| NoArchive::Other.into())
}

/// Cells as they are when every change that was under way has come to its end.
async fn settled(
    cells: &dyn Cells,
    keys: &[CellKey],
    is_done: &impl Fn(Intent) -> bool,
) -> Result<Vec<Cell>, NotMoved> {
    loop {
        let found = cells.read(keys).await.map_err(failed)?;
        let mut is_settled = true;
        for (key, cell) in keys.iter().zip(&found) {
            let Some(intent) = cell.claim else { continue };
            is_settled = false;
            let key = core::slice::from_ref(key);
            match is_done(intent) {
                true => cells.apply(intent, key).await.map(drop).map_err(failed)?,
                false => cells.release(intent, key).await.map_err(failed)?,
            }
        }
        if is_settled {
            return Ok(found);
        }
    }
}

/// Writes out every session that its ticket opens. Of a change that was under way the durable store says whether it was done.
pub async fn export_sessions<W: Write>(
    cells: &dyn Cells,
    is_done: impl Fn(Intent) -> bool,
    archive: &mut ArchiveWriter<W>,
) -> Result<(), NotMoved> {
    for shelf in [Shelf::SignedIn, Shelf::Anonymous] {
        let there = usize::try_from(cells.count(shelf).await.map_err(failed)?).unwrap_or(usize::MAX);
        let names = cells.ended(shelf, Time::MAX, there).await.map_err(failed)?;
        let ids = names.iter().filter_map(|name| name.as_slice().try_into().ok().map(SessionId::from_bytes));
        for page in ids.collect::<Vec<_>>().chunks(PAGE) {
            let keys: Vec<_> = page.iter().copied().map(CellKey::Session).collect();
            let tickets = settled(cells, &keys, &is_done).await?.into_iter();
            let keys: Vec<_> = tickets
                .filter_map(|cell| <[u8; 32]>::try_from(cell.value?).ok())
                .map(|look_up| CellKey::Ticket(LookUp(look_up)))
                .collect();
            let mut kept = Vec::new();
            for cell in settled(cells, &keys, &is_done).await? {
                if let Some(Ok(Ticket::Current(one))) = cell.value.map(|bytes| Ticket::decode(&bytes))
                    && page.contains(&one.id())
                {
                    kept.push(one);
                }
            }
            write_out(&kept, archive)?;
        }
    }
    Ok(())
}

fn write_out<W: Write>(all: &[Box<Kept>], archive: &mut ArchiveWriter<W>) -> Result<(), NotMoved> {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let (tickets, families, sessions) = (named("ck_old_ticket")?, named("ck_family")?, named("ck_session")?);
    for kept in all {
        for (place, old) in (1..).zip(&kept.old) {
            let superseded = match old.standing {
                Standing::Superseded(at) => Value::Number(at.millis()),
                Standing::Pending | Standing::Current => Value::Nothing,
            };
            let (round, kid) = (Value::Number(old.round.into()), Value::Number(old.kid.into()));
            let of = bytes(&kept.id().to_bytes());
            archive
                .row(tickets, &[bytes(&old.look_up.0), of, round, kid, superseded, Value::Number(place)])?;
        }
    }
    for family in all.iter().flat_map(|kept| &kept.families) {
        let (id, of) = (bytes(&family.id.to_bytes()), bytes(&family.session.to_bytes()));
        archive.row(families, &[id, of, Value::Bytes(encode_family(family))])?;
    }
    for kept in all {
        let session = kept.session();
        let subject = session.subject.as_ref().map(|subject| Value::Text(subject.as_str().to_owned()));
        let parent = session.parent.map(|parent| bytes(&parent.to_bytes()));
        let number = Value::Number;
        archive.row(
            sessions,
            &[
                bytes(&kept.row.look_up.0),
                bytes(&session.id.to_bytes()),
                subject.unwrap_or(Value::Nothing),
                parent.unwrap_or(Value::Nothing),
                number(kept.pending().into()),
                number(session.last_seen.millis()),
                number(session.expires().millis()),
                number(session.idle.as_millis()),
                number(session.absolute.millis()),
                // Whoever takes it in asks the facts.
                number(0),
                Value::Bytes(encode_session(&kept.row)),
            ],
        )?;
    }
    Ok(())
}

/// Sessions on their way in: what an archive has of them is looked through once, and then put.
pub struct MovedIn<'a> {
    cells: &'a dyn Cells,
    now: Time,
    intents: Intents,
    old: HashMap<SessionId, Vec<OldTicket>>,
    families: HashMap<SessionId, Vec<Family>>,
    children: HashMap<SessionId, Vec<SessionId>>,
}

impl core::fmt::Debug for MovedIn<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MovedIn").finish_non_exhaustive()
    }
}

/// A row of a session.
fn kept((table, values): &Line) -> Result<Option<Kept>, NotMoved> {
    let (true, [_, _, _, _, _, last_seen, _, _, _, _, record]) =
        (table.name == "ck_session", values.as_slice())
    else {
        return Ok(None);
    };
    let (Some(last_seen), Some(record)) = (last_seen.number(), record.bytes()) else {
        return Err(NoArchive::Damaged.into());
    };
    // What could not be read where it was opens nothing here either.
    let row = decode_session(record, Time::from_millis(last_seen)).ok();
    Ok(row.map(|row| Kept::new(row, None)))
}

fn old_ticket(values: &[Value]) -> Option<(SessionId, OldTicket)> {
    let [look_up, session, round, kid, superseded, _] = values else { return None };
    let standing =
        superseded.number().map_or(Standing::Pending, |at| Standing::Superseded(Time::from_millis(at)));
    let old = OldTicket {
        look_up: LookUp(look_up.bytes()?.try_into().ok()?),
        round: u32::try_from(round.number()?).ok()?,
        kid: u16::try_from(kid.number()?).ok()?,
        standing,
    };
    Some((SessionId::from_bytes(session.bytes()?.try_into().ok()?), old))
}

impl<'a> MovedIn<'a> {
    /// Into these cells.
    #[must_use]
    pub fn new(cells: &'a dyn Cells, now: Time) -> Self {
        Self {
            cells,
            now,
            intents: Intents::new(),
            old: HashMap::new(),
            families: HashMap::new(),
            children: HashMap::new(),
        }
    }

    /// Notes what belongs to sessions that may stand elsewhere in the archive.
    pub fn note(&mut self, line: &Line) -> Result<(), NotMoved> {
        let (table, values) = line;
        match (table.name, values.as_slice()) {
            ("ck_old_ticket", values) => {
                let (session, old) = old_ticket(values).ok_or(NoArchive::Damaged)?;
                self.old.entry(session).or_default().push(old);
            }
            ("ck_family", [_, _, record]) => {
                let record = record.bytes().ok_or(NoArchive::Damaged)?;
                if let Ok(family) = decode_family(record) {
                    self.families.entry(family.session).or_default().push(family);
                }
            }
            _ => {
                if let Some(kept) = kept(line)?
                    && let Some(parent) = kept.session().parent
                {
                    self.children.entry(parent).or_default().push(kept.id());
                }
            }
        }
        Ok(())
    }

    /// Puts a session, if the row is one. It can be done again.
    pub async fn put(&mut self, line: &Line) -> Result<(), NotMoved> {
        let Some(mut kept) = kept(line)?.filter(|kept| kept.session().expires() > self.now) else {
            return Ok(());
        };
        let id = kept.id();
        kept.old = self.old.remove(&id).unwrap_or_default();
        kept.families = self.families.remove(&id).unwrap_or_default();
        kept.children = self.children.remove(&id).unwrap_or_default();
        let keep = kept.session().absolute.plus(LINGERS).since(self.now);
        let mut placings = vec![Placing {
            shelf: shelf_of(&kept),
            name: id.to_bytes().to_vec(),
            ends: Some(kept.session().expires()),
        }];
        for old in &kept.old {
            self.set(CellKey::Ticket(old.look_up), Ticket::Of(id).encode(), keep).await?;
            let (name, ends) = (old.look_up.0.to_vec(), Some(kept.session().absolute));
            placings.push(Placing { shelf: Shelf::OldTickets, name, ends });
        }
        for family in &kept.families {
            self.set(CellKey::Family(family.id), id.to_bytes().to_vec(), keep).await?;
        }
        if let Some(subject) = &kept.session().subject {
            self.list(subject, id, keep).await?;
        }
        let look_up = kept.row.look_up;
        self.cells.place(&placings).await.map_err(failed)?;
        self.set(CellKey::Session(id), look_up.0.to_vec(), keep).await?;
        self.set(CellKey::Ticket(look_up), Ticket::Current(Box::new(kept)).encode(), keep).await
    }

    async fn set(&self, key: CellKey, value: Vec<u8>, keep: Span) -> Result<(), NotMoved> {
        let found = self.cells.read(core::slice::from_ref(&key)).await.map_err(failed)?;
        let is_free = match found.into_iter().next().unwrap_or_default() {
            Cell { value: Some(there), .. } if there == value => return Ok(()),
            cell => cell == Cell::default(),
        };
        let change = CellChange { key, from: None, to: Some(value), keep };
        if is_free && self.cells.swap(self.intents.next(), &change).await.map_err(failed)? {
            return Ok(());
        }
        Err(NotMoved::NotEmpty("[store] sessions_url".to_owned()))
    }

    async fn list(&self, subject: &SubjectId, id: SessionId, keep: Span) -> Result<(), NotMoved> {
        let key = CellKey::Subject(subject.clone());
        let found = self.cells.read(core::slice::from_ref(&key)).await.map_err(failed)?;
        let cell = found.into_iter().next().unwrap_or_default();
        if cell.is_broken {
            return Err(NotMoved::NotEmpty("[store] sessions_url".to_owned()));
        }
        let ids = cell.value.map(|bytes| decode_ids(&bytes)).transpose();
        let mut ids =
            ids.map_err(|_| NotMoved::NotEmpty("[store] sessions_url".to_owned()))?.unwrap_or_default();
        if ids.contains(&id) {
            return Ok(());
        }
        ids.push(id);
        let change = CellChange { key, from: cell.revision, to: Some(encode_ids(&ids)), keep };
        match self.cells.swap(self.intents.next(), &change).await.map_err(failed)? {
            true => Ok(()),
            false => Err(NotMoved::NotEmpty("[store] sessions_url".to_owned())),
        }
    }
}
