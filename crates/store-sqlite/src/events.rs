//! The verbs of the audit log.

use crate::lane::{Head, LANE, event};
use crate::rows::{from_sql, to_sql};
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::time::Time;
use cloakroom_store::events::{Erased, Events};
use cloakroom_store::fault::Answer;
use rusqlite::{Connection, OptionalExtension, params};

/// The lane that is written to, and those that came with what was imported.
fn chains(connection: &Connection) -> rusqlite::Result<Vec<(LaneId, ChainHead)>> {
    let mut chains = vec![(LANE, Head::read(connection)?.chain)];
    let mut statement = connection
        .prepare_cached("SELECT lane, event_head, chain FROM ck_lane WHERE lane <> ?1 ORDER BY lane")?;
    let others = statement.query_map([LANE.0], |row| {
        Ok((LaneId(row.get(0)?), ChainHead { seq: from_sql(row.get(1)?), digest: Digest(row.get(2)?) }))
    })?;
    for other in others {
        chains.push(other?);
    }
    Ok(chains)
}

fn signed_head(lane: LaneId, row: &rusqlite::Row<'_>) -> rusqlite::Result<SignedHead> {
    Ok(SignedHead {
        lane,
        head: ChainHead { seq: from_sql(row.get(0)?), digest: Digest(row.get(2)?) },
        at: Time::from_millis(row.get(1)?),
        kid: row.get(3)?,
        mac: row.get(4)?,
    })
}

#[async_trait]
impl Events for SqliteStore {
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>> {
        self.readers.read(chains)
    }

    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        self.readers.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, event, payload, digest FROM ck_event WHERE lane = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            )?;
            let links = statement.query_map(params![lane.0, to_sql(after), to_sql(at_most as u64)], |row| {
                Ok(Link {
                    seq: from_sql(row.get(0)?),
                    event: event(row.get(1)?)?,
                    payload: Digest(row.get(2)?),
                    digest: Digest(row.get(3)?),
                })
            })?;
            links.collect()
        })
    }

    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                let erased = work
                    .connection
                    .prepare_cached("UPDATE ck_event SET event = NULL WHERE lane = ?1 AND seq = ?2")?
                    .execute(params![lane.0, to_sql(seq)])?;
                if erased == 0 {
                    return Ok(Ok(Erased::Absent));
                }
                work.commit(&trail)?;
                Ok(Ok(Erased::Done))
            })
            .await
    }

    async fn checkpoint(&self, signed: SignedHead) -> Answer<()> {
        self.writer
            .run(move |work| {
                work.connection
                    .prepare_cached(
                        "REPLACE INTO ck_checkpoint (lane, seq, at, digest, kid, mac) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        signed.lane.0,
                        to_sql(signed.head.seq),
                        signed.at.millis(),
                        signed.head.digest.0.as_slice(),
                        signed.kid,
                        signed.mac.as_slice(),
                    ])?;
                Ok(Ok(()))
            })
            .await
    }

    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>> {
        let newest = "SELECT seq, at, digest, kid, mac FROM ck_checkpoint WHERE lane = ?1 ORDER BY seq DESC, at DESC LIMIT 1";
        self.readers.read(|connection| {
            let mut statement = connection.prepare_cached(newest)?;
            statement.query_row([lane.0], |row| signed_head(lane, row)).optional()
        })
    }

    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        self.readers.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT seq, at, digest, kid, mac FROM ck_checkpoint WHERE lane = ?1 ORDER BY seq, at",
            )?;
            let heads = statement.query_map([lane.0], |row| signed_head(lane, row))?;
            heads.collect()
        })
    }
}
