//! The verbs of the ledger.

use crate::error::Result;
use crate::intents;
use crate::lane::heads;
use crate::rows::{at_least, generations, hold_subject};
use crate::store::PostgresStore;
use crate::tails::tails;
use crate::values::{P, to_sql};
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::{Intent, LaneTail, Ledger, counters};

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
        self.read(|connection| async move { heads(&connection).await }).await
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        let after = after.to_vec();
        self.read(move |connection| async move { tails(&connection, &after, at_most).await }).await
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        self.writer.run(Publishing(trail.clone())).await
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        self.writer.run(Deciding(intent, trail.clone())).await
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        self.writer.run(Settling(intent)).await
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        self.writer.run(Forgetting(at_most)).await
    }
}

struct Publishing(Trail);
struct Deciding(Intent, Trail);
struct Settling(Intent);
struct Forgetting(usize);

impl Verb for Deciding {
    type Answer = Option<Receipt>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Self::Answer> {
        let mut may = true;
        for (subject, to) in counters(&self.1) {
            hold_subject(work.connection, subject).await?;
            may &= generations(work.connection, Some(subject)).await?.user < to;
        }
        match intents::decide(work, self.0, may).await? {
            true => work.done(&self.1).await.map(Some),
            false => Ok(None),
        }
    }
}

impl Verb for Settling {
    type Answer = bool;

    async fn run(&self, work: &mut Work<'_>) -> Result<bool> {
        intents::decide(work, self.0, false).await
    }
}

impl Verb for Publishing {
    type Answer = Receipt;

    async fn run(&self, work: &mut Work<'_>) -> Result<Receipt> {
        work.done(&self.0).await
    }
}

impl Verb for Forgetting {
    type Answer = usize;

    async fn run(&self, work: &mut Work<'_>) -> Result<usize> {
        intents::forget(work).await?;
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
