//! Reading and writing rows. Every statement stands here once and is cached by its connection.

use crate::error::corrupt;
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::{decode_session, encode_session};
use cloakroom_store::sessions::{Expired, Touch};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The largest number of SQLite stands for the largest of ours.
pub(crate) fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The inverse of [`to_sql`].
pub(crate) fn from_sql(value: i64) -> u64 {
    if value == i64::MAX { Fact::REVOKED } else { u64::try_from(value).unwrap_or_default() }
}

/// A session as its row has it.
pub(crate) struct Kept {
    pub(crate) row: Row,
    pub(crate) pending: u32,
    /// The generation of its subject, from the same read.
    pub(crate) user: u64,
}

/// A session with what is asked of it, by a condition.
macro_rules! sessions_where {
    ($condition:literal) => {
        concat!(
            "SELECT record, last_seen, pending, user_at_least, look_up, id FROM ck_session WHERE ",
            $condition
        )
    };
}

fn read(row: &rusqlite::Row<'_>) -> Result<Kept> {
    read_from(row, 0)
}

/// The same from a place on: record, last seen, pending, the generation of the subject.
pub(crate) fn read_from(row: &rusqlite::Row<'_>, at: usize) -> Result<Kept> {
    let record = row.get_ref(at)?.as_blob().map_err(corrupt)?;
    let decoded = decode_session(record, Time::from_millis(row.get(at + 1)?)).map_err(corrupt)?;
    Ok(Kept { row: decoded, pending: row.get(at + 2)?, user: from_sql(row.get(at + 3)?) })
}

/// What stands inside the record must be what it was found by.
fn kept(row: &rusqlite::Row<'_>) -> Result<Kept> {
    let kept = read(row)?;
    let (look_up, id) = (row.get_ref(4)?, row.get_ref(5)?);
    let is_its_own = look_up.as_blob().map_err(corrupt)? == kept.row.look_up.0
        && id.as_blob().map_err(corrupt)? == kept.row.session.id.to_bytes();
    if is_its_own { Ok(kept) } else { Err(corrupt("record of another session")) }
}

/// The one read of a first sight: nothing is asked for that is known.
pub(crate) fn by_look_up(connection: &Connection, look_up: &LookUp) -> Result<Option<Kept>> {
    let mut statement = connection.prepare_cached(
        "SELECT record, last_seen, pending, user_at_least FROM ck_session WHERE look_up = ?1",
    )?;
    match statement.query_row([look_up.0.as_slice()], read).optional()? {
        Some(kept) if kept.row.look_up != *look_up => Err(corrupt("record of another ticket")),
        kept => Ok(kept),
    }
}

pub(crate) fn by_id(connection: &Connection, session: SessionId) -> Result<Option<Kept>> {
    let mut statement = connection.prepare_cached(sessions_where!("id = ?1"))?;
    statement.query_row([session.to_bytes().as_slice()], kept).optional()
}

pub(crate) fn of_subject(connection: &Connection, subject: &SubjectId) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sessions_where!("subject = ?1 ORDER BY last_seen, id"))?;
    // One that cannot be read must not keep its user from the others.
    let rows = statement.query_map([subject.as_str()], |row| Ok(kept(row).ok().map(|kept| kept.row)))?;
    rows.filter_map(Result::transpose).collect()
}

/// Rows that have expired. One that does not decode must not stop the others from being swept.
pub(crate) fn expired(connection: &Connection, now: Time, at_most: usize) -> Result<Expired> {
    let mut statement = connection.prepare_cached(sessions_where!("expires <= ?1 LIMIT ?2"))?;
    let mut found = statement.query([now.millis(), to_sql(at_most as u64)])?;
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        match kept(row) {
            Ok(kept) => rows.push(kept.row),
            Err(_) => broken.push(SessionId::from_bytes(row.get("id")?)),
        }
    }
    let more = rows.len() + broken.len() == at_most;
    Ok(Expired { rows, broken, more })
}

pub(crate) fn ids_of_subject(connection: &Connection, subject: &SubjectId) -> Result<Vec<SessionId>> {
    ids(connection, "SELECT id FROM ck_session WHERE subject = ?1", [subject.as_str()])
}

pub(crate) fn children(connection: &Connection, parent: SessionId) -> Result<Vec<SessionId>> {
    ids(connection, "SELECT id FROM ck_session WHERE parent = ?1", [parent.to_bytes().as_slice()])
}

fn ids<P: rusqlite::Params>(connection: &Connection, sql: &str, params: P) -> Result<Vec<SessionId>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get(0).map(SessionId::from_bytes))?;
    rows.collect()
}

pub(crate) fn insert(connection: &Connection, row: &Row, pending: u32) -> Result<()> {
    let session = &row.session;
    connection
        .prepare_cached(
            "INSERT INTO ck_session (look_up, id, subject, parent, pending, last_seen, expires, idle, absolute, record, \
             user_at_least) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
             coalesce((SELECT at_least FROM ck_fact WHERE fact_key = CAST(x'05' || ?3 AS BLOB)), 0))",
        )?
        .execute(params![
            row.look_up.0.as_slice(),
            session.id.to_bytes().as_slice(),
            session.subject.as_ref().map(SubjectId::as_str),
            session.parent.map(SessionId::to_bytes),
            pending,
            session.last_seen.millis(),
            session.expires().millis(),
            session.idle.as_millis(),
            session.absolute.millis(),
            encode_session(row),
        ])?;
    Ok(())
}

/// Puts a record in place of the one of the same session, whatever its ticket was.
pub(crate) fn replace(connection: &Connection, old: &Row, row: &Row, pending: u32) -> Result<()> {
    let (before, after) = (&old.session, &row.session);
    let stays = old.look_up == row.look_up && before.id == after.id;
    if !(stays && before.subject == after.subject && before.parent == after.parent) {
        delete(connection, before.id)?;
        return insert(connection, row, pending);
    }
    // What is not named here, and its indexes, stay as they are.
    connection
        .prepare_cached(
            "UPDATE ck_session SET record = ?2, pending = ?3, last_seen = ?4, expires = ?5, idle = ?6, absolute = ?7 \
             WHERE look_up = ?1",
        )?
        .execute(params![
            row.look_up.0.as_slice(),
            encode_session(row),
            pending,
            after.last_seen.millis(),
            after.expires().millis(),
            after.idle.as_millis(),
            after.absolute.millis(),
        ])?;
    Ok(())
}

pub(crate) fn delete(connection: &Connection, session: SessionId) -> Result<bool> {
    let deleted = connection
        .prepare_cached("DELETE FROM ck_session WHERE id = ?1")?
        .execute([session.to_bytes().as_slice()])?;
    Ok(deleted > 0)
}

pub(crate) fn touch(connection: &Connection, touch: &Touch) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE ck_session SET last_seen = ?2, expires = min(absolute, ?2 + idle) \
             WHERE id = ?1 AND last_seen < ?2 AND expires > ?3",
        )?
        .execute(params![touch.session.to_bytes().as_slice(), touch.seen.millis(), touch.since.millis()])?;
    Ok(())
}

pub(crate) fn has_expired(connection: &Connection, session: SessionId, now: Time) -> Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM ck_session WHERE id = ?1 AND expires <= ?2)")?
        .query_row(params![session.to_bytes().as_slice(), now.millis()], |row| row.get(0))
}

pub(crate) fn set_pending(connection: &Connection, session: SessionId, pending: u32) -> Result<()> {
    connection
        .prepare_cached("UPDATE ck_session SET pending = ?2 WHERE id = ?1")?
        .execute(params![session.to_bytes().as_slice(), pending])?;
    Ok(())
}

/// A ticket that is not the current one of its session.
pub(crate) struct OldTicket {
    pub(crate) session: SessionId,
    pub(crate) standing: Standing,
    pub(crate) round: u32,
    pub(crate) kid: u16,
}

pub(crate) fn old_ticket(connection: &Connection, look_up: &LookUp) -> Result<Option<OldTicket>> {
    let mut statement = connection
        .prepare_cached("SELECT session, round, superseded, kid FROM ck_old_ticket WHERE look_up = ?1")?;
    statement
        .query_row([look_up.0.as_slice()], |row| {
            let superseded: Option<i64> = row.get(2)?;
            Ok(OldTicket {
                session: SessionId::from_bytes(row.get(0)?),
                round: row.get(1)?,
                kid: row.get(3)?,
                standing: superseded
                    .map_or(Standing::Pending, |at| Standing::Superseded(Time::from_millis(at))),
            })
        })
        .optional()
}

/// Remembers a ticket as the newest of its session, and forgets the oldest beyond `at_most`.
pub(crate) fn put_old_ticket(
    connection: &Connection,
    look_up: &LookUp,
    old: &OldTicket,
    at_most: u32,
) -> Result<()> {
    let superseded = match old.standing {
        Standing::Superseded(at) => Some(at.millis()),
        Standing::Pending | Standing::Current => None,
    };
    let session = old.session.to_bytes();
    connection
        .prepare_cached(
            "REPLACE INTO ck_old_ticket (look_up, session, round, superseded, kid, place) VALUES (?1, ?2, ?3, ?4, ?5, \
             1 + coalesce((SELECT max(place) FROM ck_old_ticket WHERE session = ?2), 0))",
        )?
        .execute(params![look_up.0.as_slice(), session.as_slice(), old.round, superseded, old.kid])?;
    connection
        .prepare_cached(
            "DELETE FROM ck_old_ticket WHERE session = ?1 AND place <= \
             (SELECT place FROM ck_old_ticket WHERE session = ?1 ORDER BY place DESC LIMIT 1 OFFSET ?2)",
        )?
        .execute(params![session.as_slice(), at_most])?;
    Ok(())
}

pub(crate) fn delete_old_ticket(connection: &Connection, look_up: &LookUp) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM ck_old_ticket WHERE look_up = ?1")?
        .execute([look_up.0.as_slice()])?;
    Ok(())
}

pub(crate) fn delete_old_tickets(connection: &Connection, session: SessionId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM ck_old_ticket WHERE session = ?1")?
        .execute([session.to_bytes().as_slice()])?;
    Ok(())
}

/// Pending tickets left over from before a round: another one of their round, or of a later one, took over.
pub(crate) fn supersede_pending(
    connection: &Connection,
    session: SessionId,
    round: u32,
    now: Time,
) -> Result<()> {
    connection
        .prepare_cached(
            "UPDATE ck_old_ticket SET superseded = ?3 WHERE session = ?1 AND round < ?2 AND superseded IS NULL",
        )?
        .execute(params![session.to_bytes().as_slice(), round, now.millis()])?;
    Ok(())
}

pub(crate) fn look_up_is_taken(connection: &Connection, look_up: &LookUp) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM ck_session WHERE look_up = ?1) \
                 OR EXISTS (SELECT 1 FROM ck_old_ticket WHERE look_up = ?1)",
        )?
        .query_row([look_up.0.as_slice()], |row| row.get(0))
}

/// Notes the generation of a user in the rows of its sessions, where a check reads it without a second look-up.
pub(crate) fn raise_user(connection: &Connection, subject: &SubjectId, at_least: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE ck_session SET user_at_least = ?2 WHERE subject = ?1")?
        .execute(params![subject.as_str(), at_least])?;
    Ok(())
}

pub(crate) fn at_least(connection: &Connection, key: &FactKey) -> Result<Option<u64>> {
    connection
        .prepare_cached("SELECT at_least FROM ck_fact WHERE fact_key = ?1")?
        .query_row([key.to_bytes()], |row| row.get(0).map(from_sql))
        .optional()
}
