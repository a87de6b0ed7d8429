//! The verbs of the ledger.

use super::book::LANE;
use super::state::MemoryStore;
use crate::fault::Answer;
use crate::ledger::{Entry, Intent, LaneTail, Ledger, counters, number_of};
use async_trait::async_trait;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;

#[async_trait]
impl Ledger for MemoryStore {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        Ok(self.book.read().generations(subject))
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        let book = self.book.read();
        Ok(keys.iter().map(|key| book.at_least(key)).collect())
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        Ok(vec![(LANE, self.book.read().fact_head())])
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        let book = self.book.read();
        let entry = |(seq, fact): (u64, &KeptFact)| Entry { seq, fact: fact.clone() };
        let entries = book.facts_after(number_of(LANE, after)).take(at_most).map(entry).collect();
        Ok(vec![LaneTail { lane: LANE, head: book.fact_head(), entries }])
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        Ok(self.verb().done(trail))
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        let mut verb = self.verb();
        let now = verb.now;
        let rises = |(subject, to)| verb.book.generations(Some(subject)).user < to;
        let may = counters(trail).all(rises);
        Ok(verb.book.decide(intent, may, now).then(|| verb.done(trail)))
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        let mut verb = self.verb();
        let now = verb.now;
        Ok(verb.book.decide(intent, false, now))
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        let mut verb = self.verb();
        let now = verb.now;
        Ok(verb.book.forget(now, at_most))
    }
}
