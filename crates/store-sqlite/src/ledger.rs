//! The verbs of the ledger.

use crate::error::corrupt;
use crate::intents;
use crate::lane::{Head, LANE};
use crate::rows::{at_least, from_sql, to_sql};
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::{Entry, Intent, LaneTail, Ledger, counters, number_of};
use rusqlite::params;

#[async_trait]
impl Ledger for SqliteStore {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        self.readers.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let user =
                subject.map(|subject| at_least(&snapshot, &FactKey::User(subject.clone()))).transpose()?;
            let epoch = at_least(&snapshot, &FactKey::Epoch)?;
            Ok(Generations { user: user.flatten().unwrap_or_default(), epoch: epoch.unwrap_or_default() })
        })
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        self.readers.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            keys.iter().map(|key| at_least(&snapshot, key)).collect()
        })
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        Ok(vec![(LANE, self.readers.read(Head::read)?.facts)])
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        self.readers.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let head = Head::read(&snapshot)?.facts;
            let mut statement = snapshot.prepare_cached(
                "SELECT seq, fact_key, at_least, kept_until FROM ck_fact WHERE lane = ?1 AND seq > ?2 \
                 ORDER BY seq LIMIT ?3",
            )?;
            let entries = statement.query_map(
                params![LANE.0, to_sql(number_of(LANE, after)), to_sql(at_most as u64)],
                |row| {
                    let key =
                        FactKey::from_bytes(row.get_ref(1)?.as_blob().map_err(corrupt)?).map_err(corrupt)?;
                    let fact = Fact { key, at_least: from_sql(row.get(2)?) };
                    let fact = KeptFact { fact, until: Time::from_millis(row.get(3)?) };
                    Ok(Entry { seq: from_sql(row.get(0)?), fact })
                },
            )?;
            Ok(vec![LaneTail { lane: LANE, head, entries: entries.collect::<Result<_, _>>()? }])
        })
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        let trail = trail.clone();
        self.writer.run(move |work| work.done(&trail).map(Ok)).await
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                let mut may = true;
                for (subject, to) in counters(&trail) {
                    let known = at_least(work.connection, &FactKey::User(subject.clone()))?;
                    may &= known.unwrap_or_default() < to;
                }
                match intents::decide(work, intent, may)? {
                    true => work.done(&trail).map(|receipt| Ok(Some(receipt))),
                    false => Ok(Ok(None)),
                }
            })
            .await
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        self.writer.run(move |work| intents::decide(work, intent, false).map(Ok)).await
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        self.writer
            .run(move |work| {
                intents::forget(work)?;
                let forgotten = work
                    .connection
                    .prepare_cached(
                        "DELETE FROM ck_fact WHERE fact_key IN \
                         (SELECT fact_key FROM ck_fact WHERE kept_until < ?1 LIMIT ?2)",
                    )?
                    .execute([work.now.millis(), to_sql(at_most as u64)])?;
                Ok(Ok(forgotten))
            })
            .await
    }
}
