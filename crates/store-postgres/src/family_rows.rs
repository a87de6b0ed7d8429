//! Rows of refresh families.

use crate::connection::Connection;
use crate::error::{Failed, Result, corrupt};
use crate::rows::{Kept, at_least, kept_from};
use crate::values::{P, get};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_store::codec::family::{decode_family, encode_family};
use tokio_postgres::Row;

fn family(record: &[u8], id: &[u8]) -> Result<Family> {
    let family = decode_family(record).map_err(corrupt)?;
    if family.id.to_bytes() == id { Ok(family) } else { Err(Failed::Corrupt("record of another family")) }
}

fn both(found: &Row, id: &[u8]) -> Result<(Family, Kept)> {
    let (family, kept) = (family(get(found, 0)?, id)?, kept_from(found, 1)?);
    if kept.row.session.id == family.session {
        Ok((family, kept))
    } else {
        Err(Failed::Corrupt("record of another session"))
    }
}

/// A family and the session it renews, in one read.
pub(crate) async fn with_session(connection: &Connection, id: FamilyId) -> Result<Option<(Family, Kept)>> {
    let id = id.to_bytes();
    let found = connection
        .row(
            "SELECT f.record, s.record, s.last_seen, s.pending, s.user_at_least, s.look_up, s.id, \
             (SELECT at_least FROM ck_fact WHERE fact_key = '\\x08') FROM ck_family f \
             JOIN ck_session s ON s.id = f.session WHERE f.id = $1",
            &[P::B(&id)],
        )
        .await?;
    found.map(|found| both(&found, &id)).transpose()
}

/// The same, and nobody else changes either until this commits: whoever changes a family holds its session, and that first.
pub(crate) async fn held(connection: &Connection, id: FamilyId) -> Result<Option<(Family, Kept)>> {
    let sql =
        "SELECT 1::int8 FROM ck_session WHERE id = (SELECT session FROM ck_family WHERE id = $1) FOR UPDATE";
    match connection.row(sql, &[P::B(&id.to_bytes())]).await? {
        Some(_) => with_session(connection, id).await,
        None => Ok(None),
    }
}

/// What the ledger says that could end a family: of itself, of its client, of its user, of the whole store.
pub(crate) async fn facts(connection: &Connection, family: &Family) -> Result<[u64; 2]> {
    let known = at_least(connection, &[FactKey::Family(family.id), FactKey::Client(family.client)]).await?;
    let of = |place: usize| known.get(place).copied().flatten().unwrap_or_default();
    Ok([of(0), of(1)])
}

pub(crate) async fn insert(connection: &Connection, family: &Family) -> Result<()> {
    let sql = "INSERT INTO ck_family (id, session, record) VALUES ($1, $2, $3)";
    let (id, session) = (family.id.to_bytes(), family.session.to_bytes());
    connection.change(sql, &[P::B(&id), P::B(&session), P::B(&encode_family(family))]).await.map(drop)
}

pub(crate) async fn delete_of(connection: &Connection, session: SessionId) -> Result<()> {
    let sql = "DELETE FROM ck_family WHERE session = $1";
    connection.change(sql, &[P::B(&session.to_bytes())]).await.map(drop)
}

pub(crate) async fn update(connection: &Connection, family: &Family) -> Result<()> {
    let sql = "UPDATE ck_family SET record = $2 WHERE id = $1";
    let values = [P::B(&family.id.to_bytes()), P::B(&encode_family(family))];
    connection.change(sql, &values).await.map(drop)
}

pub(crate) async fn of_session(connection: &Connection, session: SessionId) -> Result<Vec<Family>> {
    let sql = "SELECT record, id FROM ck_family WHERE session = $1 ORDER BY id";
    let found = connection.rows(sql, &[P::B(&session.to_bytes())]).await?;
    found.iter().map(|row| family(get(row, 0)?, get(row, 1)?)).collect()
}
