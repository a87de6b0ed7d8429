//! The verbs of the ledger.

use super::ask::number;
use super::commit::{Ended, FACTS, Work};
use super::store::RedisLedger;
use super::values::at_least;
use crate::error::Failed;
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::{Intent, LaneTail, Ledger, number_of};

impl RedisLedger {
    async fn kept(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut command = redis::cmd("HMGET");
        command.arg(self.ask.key("facts"));
        keys.iter().for_each(|key| {
            command.arg(key.to_bytes());
        });
        let found: Vec<Option<Vec<u8>>> = self.ask.links.command(&command).await.map_err(Failed::fault)?;
        found.iter().map(|kept| kept.as_deref().map(at_least).transpose()).collect()
    }
}

#[async_trait]
impl Ledger for RedisLedger {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        let user = subject.cloned().map(FactKey::User);
        let keys: Vec<FactKey> = core::iter::once(FactKey::Epoch).chain(user).collect();
        let found = self.known(&keys).await?;
        let at = |place: usize| found.get(place).copied().flatten().unwrap_or_default();
        Ok(Generations { user: at(1), epoch: at(0) })
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        self.inside(self.kept(keys)).await
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        let tail = self.inside(self.looks.look(0, 0, false)).await?;
        Ok(vec![(tail.lane, tail.head)])
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        let tail = self.inside(self.looks.look(number_of(FACTS, after), at_most, false)).await?;
        Ok(vec![tail])
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        match self.commit(Work::of(trail)).await? {
            Ended::Done(receipt) => Ok(receipt),
            Ended::Off | Ended::Differs => Err(Fault::of(FaultKind::Corrupt)),
        }
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        match self.commit(Work { intent: Some(intent), ..Work::of(trail) }).await? {
            Ended::Done(receipt) => Ok(Some(receipt)),
            Ended::Off | Ended::Differs => Ok(None),
        }
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        let asking = Work { intent: Some(intent), is_done: false, ..Work::of(&Trail::none()) };
        Ok(matches!(self.commit(asking).await?, Ended::Done(_)))
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        let ask = &self.ask;
        let keys = ["facts", "log", "ends"].map(|name| ask.key(name));
        let args = [self.clock.now().millis().to_string(), at_most.to_string()].map(String::into_bytes);
        let forgetting = async {
            let mut said = ask.run(&ask.scripts.forget, &keys, &args).await?;
            said.next().map_or(Ok(0), |count| number(&count))
        };
        self.inside(forgetting).await
    }
}
