//! The verbs of keys.

use crate::error::corrupt;
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::Time;
use cloakroom_store::codec::key_state;
use cloakroom_store::fault::Answer;
use cloakroom_store::keys::{Added, Advanced, Keys};
use rusqlite::{OptionalExtension, Result, params};

fn state(found: i64) -> Result<KeyState> {
    key_state::state(found).ok_or(corrupt("unknown key state"))
}

#[async_trait]
impl Keys for SqliteStore {
    async fn of_purpose(&self, purpose: &str) -> Answer<Vec<KeyRecord>> {
        self.readers.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, kid, state, created, changed, sealed FROM ck_key WHERE purpose = ?1 ORDER BY kid",
            )?;
            let keys = statement.query_map([purpose], |row| {
                Ok(KeyRecord {
                    id: KeyId::from_bytes(row.get(0)?),
                    kid: row.get(1)?,
                    purpose: purpose.to_owned(),
                    state: state(row.get(2)?)?,
                    created: Time::from_millis(row.get(3)?),
                    changed: Time::from_millis(row.get(4)?),
                    sealed: row.get(5)?,
                })
            })?;
            keys.collect()
        })
    }

    async fn add(&self, key: KeyRecord, trail: &Trail) -> Answer<Added> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                let added = work
                    .connection
                    .prepare_cached(
                        "INSERT INTO ck_key (id, kid, purpose, state, created, changed, sealed) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![
                        key.id.to_bytes().as_slice(),
                        key.kid,
                        key.purpose,
                        key_state::code(key.state),
                        key.created.millis(),
                        key.changed.millis(),
                        key.sealed,
                    ])?;
                Ok(Ok(if added == 0 { Added::Taken } else { Added::Done(work.done(&trail)?) }))
            })
            .await
    }

    async fn advance(&self, key: KeyId, from: KeyState, to: KeyState, trail: &Trail) -> Answer<Advanced> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                let id = key.to_bytes();
                let found: Option<i64> = work
                    .connection
                    .prepare_cached("SELECT state FROM ck_key WHERE id = ?1")?
                    .query_row([id.as_slice()], |row| row.get(0))
                    .optional()?;
                let Some(found) = found else { return Ok(Ok(Advanced::Absent)) };
                let found = state(found)?;
                if found != from || !from.may_become(to) {
                    return Ok(Ok(Advanced::Elsewhere(found)));
                }
                work.connection
                    .prepare_cached(
                        "UPDATE ck_key SET state = ?2, changed = ?3, \
                         sealed = CASE WHEN ?4 THEN x'' ELSE sealed END WHERE id = ?1",
                    )?
                    .execute(params![
                        id.as_slice(),
                        key_state::code(to),
                        work.now.millis(),
                        to == KeyState::Destroyed
                    ])?;
                Ok(Ok(Advanced::Done(work.done(&trail)?)))
            })
            .await
    }
}
