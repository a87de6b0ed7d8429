//! Rows of people, of what they have begun, and of letters.

use crate::error::corrupt;
use crate::rows::{at_least, from_sql, to_sql};
use cloakroom_model::records::account::Account;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::session::Generations;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::account::{decode_account, encode_account};
use cloakroom_store::codec::request::{decode_request, encode_request};
use cloakroom_store::directory::Found;
use cloakroom_store::requests::is_live;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

fn account(row: &Row<'_>) -> Result<Account> {
    let id = UserId::from_bytes(row.get(1)?);
    let account = decode_account(row.get_ref(0)?.as_blob().map_err(corrupt)?).map_err(corrupt)?;
    if account.id == id { Ok(account) } else { Err(corrupt("record of somebody else")) }
}

/// The counters of a person, as the ledger has them.
pub(crate) fn generations(connection: &Connection, user: Option<UserId>) -> Result<Generations> {
    let known = |key: &FactKey| Ok::<_, rusqlite::Error>(at_least(connection, key)?.unwrap_or_default());
    let subject = user.map(|user| user.to_string().parse().map_err(corrupt)).transpose()?;
    let user = subject.map(|subject| known(&FactKey::User(subject))).transpose()?;
    Ok(Generations { user: user.unwrap_or_default(), epoch: known(&FactKey::Epoch)? })
}

fn found(connection: &Connection, account: Option<Account>) -> Result<Option<Found>> {
    let Some(account) = account else { return Ok(None) };
    Ok(Some(Found { truth: generations(connection, Some(account.id))?, account }))
}

pub(crate) fn by_id(connection: &Connection, user: UserId) -> Result<Option<Found>> {
    let mut statement = connection.prepare_cached("SELECT record, id FROM ck_user WHERE id = ?1")?;
    let account = statement.query_row([user.to_bytes().as_slice()], account).optional()?;
    found(connection, account)
}

pub(crate) fn by_name(connection: &Connection, key: &str) -> Result<Option<Found>> {
    let mut statement = connection.prepare_cached(
        "SELECT u.record, u.id FROM ck_identifier i JOIN ck_user u ON u.id = i.user WHERE i.name = ?1",
    )?;
    let account = statement.query_row([key], account).optional()?;
    if account.as_ref().is_some_and(|account| account.names.iter().all(|known| known.name.key() != key)) {
        return Err(corrupt("the name of somebody else"));
    }
    found(connection, account)
}

pub(crate) fn people(connection: &Connection, after: Option<UserId>, at_most: usize) -> Result<Vec<Account>> {
    let mut statement =
        connection.prepare_cached("SELECT record, id FROM ck_user WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let after = after.map_or_else(Vec::new, |user| user.to_bytes().to_vec());
    statement.query_map(params![after, to_sql(at_most as u64)], account)?.collect()
}

pub(crate) fn count(connection: &Connection, sql: &str) -> Result<u64> {
    connection.query_row(sql, [], |row| row.get(0)).map(from_sql)
}

/// The version of somebody's record, if there is one.
pub(crate) fn version(connection: &Connection, user: UserId) -> Result<Option<u64>> {
    let mut statement = connection.prepare_cached("SELECT version FROM ck_user WHERE id = ?1")?;
    statement
        .query_row([user.to_bytes().as_slice()], |row| row.get(0))
        .optional()
        .map(|found| found.map(from_sql))
}

/// Whether every name of an account is free, or its own already.
pub(crate) fn may_have_names(connection: &Connection, account: &Account) -> Result<bool> {
    let mut statement = connection.prepare_cached("SELECT user FROM ck_identifier WHERE name = ?1")?;
    for known in &account.names {
        let holder: Option<[u8; 16]> =
            statement.query_row([known.name.key()], |row| row.get(0)).optional()?;
        if holder.is_some_and(|holder| holder != account.id.to_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) fn put(connection: &Connection, account: &Account) -> Result<()> {
    take(connection, account.id)?;
    let id = account.id.to_bytes();
    connection
        .prepare_cached("INSERT INTO ck_user (id, version, record) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_slice(), to_sql(account.version), encode_account(account)])?;
    let mut statement =
        connection.prepare_cached("INSERT INTO ck_identifier (name, user) VALUES (?1, ?2)")?;
    for known in &account.names {
        statement.execute(params![known.name.key(), id.as_slice()])?;
    }
    Ok(())
}

pub(crate) fn take(connection: &Connection, user: UserId) -> Result<()> {
    for sql in ["DELETE FROM ck_user WHERE id = ?1", "DELETE FROM ck_identifier WHERE user = ?1"] {
        connection.prepare_cached(sql)?.execute([user.to_bytes().as_slice()])?;
    }
    Ok(())
}

pub(crate) fn begin(connection: &Connection, request: &Request) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO ck_request (look_up, user, expires, record) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            request.look_up.0.as_slice(),
            request.user.map(|user| user.to_bytes().to_vec()),
            request.expires.millis(),
            encode_request(request),
        ])
        .map(drop)
}

/// A request that is still good.
pub(crate) fn live(connection: &Connection, look_up: &LookUp, now: Time) -> Result<Option<Request>> {
    let mut statement = connection.prepare_cached("SELECT record FROM ck_request WHERE look_up = ?1")?;
    let record = |row: &Row<'_>| decode_request(row.get_ref(0)?.as_blob().map_err(corrupt)?).map_err(corrupt);
    let Some(request) = statement.query_row([look_up.0.as_slice()], record).optional()? else {
        return Ok(None);
    };
    if request.look_up != *look_up {
        return Err(corrupt("record of another request"));
    }
    let truth = generations(connection, request.user)?;
    Ok(is_live(&request, truth, now).then_some(request))
}

pub(crate) fn request_is_taken(connection: &Connection, look_up: &LookUp) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM ck_request WHERE look_up = ?1")?.exists([look_up.0.as_slice()])
}

pub(crate) fn finish(connection: &Connection, look_up: &LookUp) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM ck_request WHERE look_up = ?1")?
        .execute([look_up.0.as_slice()])
        .map(drop)
}

/// Ends everything that was begun by or for somebody. Answers how much.
pub(crate) fn void(connection: &Connection, user: UserId) -> Result<u32> {
    let ended = connection
        .prepare_cached("DELETE FROM ck_request WHERE user = ?1")?
        .execute([user.to_bytes().as_slice()])?;
    Ok(u32::try_from(ended).unwrap_or(u32::MAX))
}

/// Deletes rows that are over, at most so many.
pub(crate) fn forget(connection: &Connection, sql: &str, now: Time, at_most: usize) -> Result<usize> {
    connection.prepare_cached(sql)?.execute(params![now.millis(), to_sql(at_most as u64)])
}

pub(crate) fn post(connection: &Connection, letter: &Letter) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO ck_outbox (id, due, tries, kept_until, sealed) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            letter.id.as_slice(),
            letter.due.millis(),
            letter.tries,
            letter.until.millis(),
            letter.sealed,
        ])
        .map(drop)
}

pub(crate) fn due(connection: &Connection, now: Time, at_most: usize) -> Result<Vec<Letter>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, sealed, due, tries, kept_until FROM ck_outbox WHERE due <= ?1 ORDER BY due LIMIT ?2",
    )?;
    let letters = statement.query_map(params![now.millis(), to_sql(at_most as u64)], |row| {
        Ok(Letter {
            id: row.get(0)?,
            sealed: row.get(1)?,
            due: Time::from_millis(row.get(2)?),
            tries: row.get(3)?,
            until: Time::from_millis(row.get(4)?),
        })
    })?;
    letters.collect()
}

pub(crate) fn put_off(connection: &Connection, letter: [u8; 16], due: Time, tries: u32) -> Result<usize> {
    connection
        .prepare_cached("UPDATE ck_outbox SET due = ?2, tries = tries + ?3 WHERE id = ?1")?
        .execute(params![letter.as_slice(), due.millis(), tries])
}

pub(crate) fn drop_letter(connection: &Connection, letter: [u8; 16]) -> Result<usize> {
    connection.prepare_cached("DELETE FROM ck_outbox WHERE id = ?1")?.execute([letter.as_slice()])
}

pub(crate) fn full_at(connection: &Connection, bucket: &LookUp) -> Result<Option<Time>> {
    let mut statement = connection.prepare_cached("SELECT full_at FROM ck_throttle WHERE bucket = ?1")?;
    let found = statement.query_row([bucket.0.as_slice()], |row| row.get(0)).optional()?;
    Ok(found.map(Time::from_millis))
}

pub(crate) fn set_full_at(connection: &Connection, bucket: &LookUp, full: Time) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO ck_throttle (bucket, full_at) VALUES (?1, ?2) ON CONFLICT (bucket) DO UPDATE SET full_at = excluded.full_at",
        )?
        .execute(params![bucket.0.as_slice(), full.millis()])
        .map(drop)
}
