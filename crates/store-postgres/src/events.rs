//! The verbs of the audit log.

use crate::error::Result;
use crate::lane::{LANES, event, head};
use crate::store::PostgresStore;
use crate::values::{P, fixed, get, narrow, number, time, to_sql};
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::Digest;
use cloakroom_store::events::{Erased, Events};
use cloakroom_store::fault::Answer;
use tokio_postgres::Row;

fn signed_head(lane: LaneId, row: &Row) -> Result<SignedHead> {
    Ok(SignedHead {
        lane,
        head: ChainHead { seq: number(row, 0)?, digest: Digest(fixed(row, 2)?) },
        at: time(row, 1)?,
        kid: narrow(row, 3)?,
        mac: fixed(row, 4)?,
    })
}

#[async_trait]
impl Events for PostgresStore {
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>> {
        self.read(|connection| async move {
            let lanes = connection.rows(LANES, &[]).await?;
            lanes.iter().map(|row| head(row).map(|(lane, head)| (lane, head.chain))).collect()
        })
        .await
    }

    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        self.read(move |connection| async move {
            let found = connection
                .rows(
                    "SELECT seq, event, payload, digest FROM ck_event WHERE lane = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                    &[P::I(lane.0.into()), P::I(to_sql(after)), P::I(to_sql(at_most as u64))],
                )
                .await?;
            let link = |row: &Row| {
                Ok(Link {
                    seq: number(row, 0)?,
                    event: event(get(row, 1)?)?,
                    payload: Digest(fixed(row, 2)?),
                    digest: Digest(fixed(row, 3)?),
                })
            };
            found.iter().map(link).collect()
        })
        .await
    }

    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased> {
        self.writer.run(Erasing(lane, seq, trail.clone())).await
    }

    async fn checkpoint(&self, signed: SignedHead) -> Answer<()> {
        self.writer.run(Keeping(signed)).await
    }

    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>> {
        self.read(move |connection| async move {
            let newest = "SELECT seq, at, digest, kid, mac FROM ck_checkpoint WHERE lane = $1 ORDER BY seq DESC, at DESC LIMIT 1";
            let found = connection.row(newest, &[P::I(lane.0.into())]).await?;
            found.map(|row| signed_head(lane, &row)).transpose()
        })
        .await
    }

    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        self.read(move |connection| async move {
            let all = "SELECT seq, at, digest, kid, mac FROM ck_checkpoint WHERE lane = $1 ORDER BY seq, at";
            let found = connection.rows(all, &[P::I(lane.0.into())]).await?;
            found.iter().map(|row| signed_head(lane, row)).collect()
        })
        .await
    }
}

struct Erasing(LaneId, u64, Trail);
struct Keeping(SignedHead);

impl Verb for Erasing {
    type Answer = Erased;

    async fn run(&self, work: &mut Work<'_>) -> Result<Erased> {
        let Self(lane, seq, trail) = self;
        let sql = "UPDATE ck_event SET event = NULL WHERE lane = $1 AND seq = $2";
        let erased = work.connection.change(sql, &[P::I(lane.0.into()), P::I(to_sql(*seq))]).await?;
        if erased == 0 {
            return Ok(Erased::Absent);
        }
        work.leaves(trail);
        Ok(Erased::Done)
    }
}

impl Verb for Keeping {
    type Answer = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<()> {
        let signed = &self.0;
        work.connection
            .change(
                "INSERT INTO ck_checkpoint (lane, seq, at, digest, kid, mac) VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (lane, seq, at) DO UPDATE SET digest = excluded.digest, kid = excluded.kid, mac = excluded.mac",
                &[
                    P::I(signed.lane.0.into()),
                    P::I(to_sql(signed.head.seq)),
                    P::I(signed.at.millis()),
                    P::B(&signed.head.digest.0),
                    P::I(signed.kid.into()),
                    P::B(&signed.mac),
                ],
            )
            .await
            .map(drop)
    }
}
