//! The verbs of the ledger.

use super::book::LANE;
use super::state::MemoryStore;
use crate::fault::Answer;
use crate::ledger::{Entry, Ledger};
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
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

    async fn since(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Entry>> {
        let book = self.book.read();
        let entry =
            |(seq, fact): (u64, &cloakroom_model::records::fact::KeptFact)| Entry { seq, fact: fact.clone() };
        Ok(book.facts_after(after).filter(|_| lane == LANE).take(at_most).map(entry).collect())
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        Ok(self.verb().done(trail))
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        let mut verb = self.verb();
        let now = verb.now;
        Ok(verb.book.forget(now, at_most))
    }
}
