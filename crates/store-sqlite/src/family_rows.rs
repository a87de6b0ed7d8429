//! Rows of refresh families.

use crate::error::corrupt;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::codec::family::{decode_family, encode_family};
use rusqlite::{Connection, OptionalExtension, Result};

fn family(record: &[u8], id: &[u8]) -> Result<Family> {
    let family = decode_family(record).map_err(corrupt)?;
    if family.id.to_bytes() == id { Ok(family) } else { Err(corrupt("record of another family")) }
}

pub(crate) fn by_id(connection: &Connection, id: FamilyId) -> Result<Option<Family>> {
    let id = id.to_bytes();
    connection
        .prepare_cached("SELECT record FROM ck_family WHERE id = ?1")?
        .query_row([id.as_slice()], |row| family(row.get_ref(0)?.as_blob().map_err(corrupt)?, &id))
        .optional()
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
