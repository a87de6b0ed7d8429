//! The verbs of the audit log.

use super::book::LANE;
use super::state::MemoryStore;
use crate::events::{Erased, Events};
use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::trail::{LaneId, Trail};

#[async_trait]
impl Events for MemoryStore {
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>> {
        Ok(vec![(LANE, self.book.read().chain)])
    }

    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        let book = self.book.read();
        let later = book.links.iter().filter(|link| lane == LANE && link.seq > after);
        Ok(later.take(at_most).cloned().collect())
    }

    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased> {
        let mut verb = self.verb();
        let link = verb.book.links.iter_mut().find(|link| lane == LANE && link.seq == seq);
        let Some(link) = link else { return Ok(Erased::Absent) };
        link.event = None;
        verb.done(trail);
        Ok(Erased::Done)
    }

    async fn checkpoint(&self, head: SignedHead) -> Answer<()> {
        self.book.write().checkpoint(head);
        Ok(())
    }

    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>> {
        Ok(self.book.read().checkpoints.iter().rev().find(|signed| signed.lane == lane).copied())
    }

    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        let book = self.book.read();
        Ok(book.checkpoints.iter().filter(|signed| signed.lane == lane).copied().collect())
    }
}
