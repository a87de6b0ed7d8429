//! The verbs of keys.

use crate::error::{Failed, Result};
use crate::store::PostgresStore;
use crate::values::{P, fixed, get, narrow, time};
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;
use cloakroom_store::codec::key_state;
use cloakroom_store::fault::Answer;
use cloakroom_store::keys::{Added, Advanced, Keys};
use tokio_postgres::Row;

fn state(found: i64) -> Result<KeyState> {
    key_state::state(found).ok_or(Failed::Corrupt("unknown key state"))
}

#[async_trait]
impl Keys for PostgresStore {
    async fn of_purpose(&self, purpose: &str) -> Answer<Vec<KeyRecord>> {
        let purpose = purpose.to_owned();
        self.read(move |connection| async move {
            let sql =
                "SELECT id, kid, state, created, changed, sealed FROM ck_key WHERE purpose = $1 ORDER BY kid";
            let found = connection.rows(sql, &[P::T(&purpose)]).await?;
            let key = |row: &Row| {
                Ok(KeyRecord {
                    id: KeyId::from_bytes(fixed(row, 0)?),
                    kid: narrow(row, 1)?,
                    purpose: purpose.clone(),
                    state: state(get(row, 2)?)?,
                    created: time(row, 3)?,
                    changed: time(row, 4)?,
                    sealed: get(row, 5)?,
                })
            };
            found.iter().map(key).collect()
        })
        .await
    }

    async fn add(&self, key: KeyRecord, trail: &Trail) -> Answer<Added> {
        self.writer.run(Adding(key, trail.clone())).await
    }

    async fn advance(&self, key: KeyId, from: KeyState, to: KeyState, trail: &Trail) -> Answer<Advanced> {
        self.writer.run(Advancing { key, from, to, trail: trail.clone() }).await
    }
}

struct Adding(KeyRecord, Trail);

struct Advancing {
    key: KeyId,
    from: KeyState,
    to: KeyState,
    trail: Trail,
}

impl Verb for Adding {
    type Answer = Added;

    async fn run(&self, work: &mut Work<'_>) -> Result<Added> {
        let Self(key, trail) = self;
        let added = work
            .connection
            .change(
                "INSERT INTO ck_key (id, kid, purpose, state, created, changed, sealed) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                &[
                    P::B(&key.id.to_bytes()),
                    P::I(key.kid.into()),
                    P::T(&key.purpose),
                    P::I(key_state::code(key.state)),
                    P::I(key.created.millis()),
                    P::I(key.changed.millis()),
                    P::B(&key.sealed),
                ],
            )
            .await?;
        Ok(if added == 0 { Added::Taken } else { Added::Done(work.done(trail).await?) })
    }
}

impl Verb for Advancing {
    type Answer = Advanced;

    async fn run(&self, work: &mut Work<'_>) -> Result<Advanced> {
        let id = self.key.to_bytes();
        let found =
            work.connection.row("SELECT state FROM ck_key WHERE id = $1 FOR UPDATE", &[P::B(&id)]).await?;
        let Some(found) = found else { return Ok(Advanced::Absent) };
        let found = state(get(&found, 0)?)?;
        if found != self.from || !self.from.may_become(self.to) {
            return Ok(Advanced::Elsewhere(found));
        }
        let sql = match self.to {
            KeyState::Destroyed => "UPDATE ck_key SET state = $2, changed = $3, sealed = '' WHERE id = $1",
            _ => "UPDATE ck_key SET state = $2, changed = $3 WHERE id = $1",
        };
        let values = [P::B(&id), P::I(key_state::code(self.to)), P::I(work.now.millis())];
        work.connection.change(sql, &values).await?;
        Ok(Advanced::Done(work.done(&self.trail).await?))
    }
}
