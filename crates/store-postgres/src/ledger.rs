//! The verbs of the ledger.

use crate::error::{Result, corrupt};
use crate::lane::{LANES, head};
use crate::rows::{at_least, generations};
use crate::store::PostgresStore;
use crate::values::{P, get, number, time, to_sql};
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::{Entry, LaneTail, Ledger};

#[async_trait]
impl Ledger for PostgresStore {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        let subject = subject.cloned();
        self.read(move |connection| async move { generations(&connection, subject.as_ref()).await }).await
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        let keys = keys.to_vec();
        self.read(move |connection| async move { at_least(&connection, &keys).await }).await
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        self.read(|connection| async move {
            let lanes = connection.rows(LANES, &[]).await?;
            lanes.iter().map(|row| head(row).map(|(lane, head)| (lane, head.facts))).collect()
        })
        .await
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        let (lanes, after): (Vec<i64>, Vec<i64>) =
            after.iter().map(|(lane, seq)| (i64::from(lane.0), to_sql(*seq))).unzip();
        self.read(move |connection| async move {
            // One statement is one moment.
            let found = connection
                .rows(
                    "SELECT l.lane, l.fact_head, f.seq, f.fact_key, f.at_least, f.kept_until FROM ck_lane l \
                     LEFT JOIN unnest($1::int8[], $2::int8[]) AS a(lane, seq) ON a.lane = l.lane \
                     LEFT JOIN LATERAL (SELECT * FROM ck_fact f WHERE f.lane = l.lane AND f.seq > coalesce(a.seq, 0) \
                     ORDER BY f.seq LIMIT $3) f ON true ORDER BY l.lane, f.seq",
                    &[P::ManyI(&lanes), P::ManyI(&after), P::I(to_sql(at_most as u64))],
                )
                .await?;
            let mut tails = Vec::<LaneTail>::new();
            for row in &found {
                let lane = LaneId(u32::try_from(get::<i64>(row, 0)?).map_err(corrupt)?);
                if tails.last().is_none_or(|tail| tail.lane != lane) {
                    tails.push(LaneTail { lane, head: number(row, 1)?, entries: Vec::new() });
                }
                let (Some(tail), Some(key)) = (tails.last_mut(), get::<Option<&[u8]>>(row, 3)?) else { continue };
                let fact =
                    Fact { key: FactKey::from_bytes(key).map_err(corrupt)?, at_least: number(row, 4)? };
                let fact = KeptFact { fact, until: time(row, 5)? };
                tail.entries.push(Entry { seq: number(row, 2)?, fact });
            }
            Ok(tails)
        })
        .await
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        self.writer.run(Publishing(trail.clone())).await
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        self.writer.run(Forgetting(at_most)).await
    }
}

struct Publishing(Trail);
struct Forgetting(usize);

impl Verb for Publishing {
    type Answer = Receipt;

    async fn run(&self, work: &mut Work<'_>) -> Result<Receipt> {
        work.done(&self.0).await
    }
}

impl Verb for Forgetting {
    type Answer = usize;

    async fn run(&self, work: &mut Work<'_>) -> Result<usize> {
        let forgotten = work
            .connection
            .change(
                "DELETE FROM ck_fact WHERE fact_key IN \
                 (SELECT fact_key FROM ck_fact WHERE kept_until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
                &[P::I(work.now.millis()), P::I(to_sql(self.0 as u64))],
            )
            .await?;
        Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
    }
}
