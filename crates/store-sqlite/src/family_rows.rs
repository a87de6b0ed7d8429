//! Rows of refresh families.

use crate::error::corrupt;
use crate::rows::{Kept, from_sql, read_from};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::codec::family::{decode_family, encode_family};
use rusqlite::{Connection, OptionalExtension, Result};

fn family(record: &[u8], id: &[u8]) -> Result<Family> {
    let family = decode_family(record).map_err(corrupt)?;
    if family.id.to_bytes() == id { Ok(family) } else { Err(corrupt("record of another family")) }
}

/// A family and the session it renews, in one read.
pub(crate) fn with_session(connection: &Connection, id: FamilyId) -> Result<Option<(Family, Kept)>> {
    let id = id.to_bytes();
    let found = connection
        .prepare_cached(
            "SELECT f.record, s.record, s.last_seen, s.pending, s.user_at_least FROM ck_family f \
             JOIN ck_session s ON s.id = f.session WHERE f.id = ?1",
        )?
        .query_row([id.as_slice()], |row| {
            Ok((family(row.get_ref(0)?.as_blob().map_err(corrupt)?, &id)?, read_from(row, 1)?))
        })
        .optional()?;
    match found {
        Some((family, kept)) if kept.row.session.id != family.session => {
            Err(corrupt("record of another session"))
        }
        found => Ok(found),
    }
}

/// What the ledger says that could end a family: of itself, of its client, of the whole store.
pub(crate) fn facts(connection: &Connection, family: &Family) -> Result<[u64; 3]> {
    let keys = [FactKey::Family(family.id), FactKey::Client(family.client), FactKey::Epoch]
        .map(|key| key.to_bytes());
    let mut statement =
        connection.prepare_cached("SELECT fact_key, at_least FROM ck_fact WHERE fact_key IN (?1, ?2, ?3)")?;
    let mut found = statement.query([&keys[0], &keys[1], &keys[2]])?;
    let mut known = [0; 3];
    while let Some(row) = found.next()? {
        let key = row.get_ref(0)?.as_blob().map_err(corrupt)?;
        for (place, wanted) in known.iter_mut().zip(&keys) {
            if wanted == key {
                *place = from_sql(row.get(1)?);
            }
        }
    }
    Ok(known)
}

pub(crate) fn is_taken(connection: &Connection, id: FamilyId) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM ck_family WHERE id = ?1")?.exists([id.to_bytes().as_slice()])
}

pub(crate) fn insert(connection: &Connection, family: &Family) -> Result<()> {
    connection
        .prepare_cached("INSERT INTO ck_family (id, session, record) VALUES (?1, ?2, ?3)")?
        .execute((family.id.to_bytes(), family.session.to_bytes(), encode_family(family)))
        .map(drop)
}

pub(crate) fn delete_of(connection: &Connection, session: SessionId) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM ck_family WHERE session = ?1")?
        .execute([session.to_bytes().as_slice()])
        .map(drop)
}

pub(crate) fn update(connection: &Connection, family: &Family) -> Result<()> {
    connection
        .prepare_cached("UPDATE ck_family SET record = ?2 WHERE id = ?1")?
        .execute((family.id.to_bytes(), encode_family(family)))
        .map(drop)
}

pub(crate) fn of_session(connection: &Connection, session: SessionId) -> Result<Vec<Family>> {
    let mut statement =
        connection.prepare_cached("SELECT record, id FROM ck_family WHERE session = ?1 ORDER BY id")?;
    let families = statement.query_map([session.to_bytes().as_slice()], |row| {
        family(row.get_ref(0)?.as_blob().map_err(corrupt)?, row.get_ref(1)?.as_blob().map_err(corrupt)?)
    })?;
    families.collect()
}
