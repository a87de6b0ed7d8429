//! The audit log: chained, append-only, payloads erasable.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Outcome, Reason};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::time::Time;

/// What is told, and published, of a store that was put back: everything of an epoch before this one is over.
#[must_use]
pub fn restored(now: Time, epoch: u64) -> Trail {
    let event = Event {
        name: EventName::BackupRestored,
        at: now,
        actor: Actor::System,
        subject: None,
        session: None,
        family: None,
        origin: Origin::default(),
        outcome: Outcome::Done,
        reason: Some(Reason::Restored),
        // It says nothing that could be guessed.
        salt: [0; 16],
    };
    let fact = Fact { key: FactKey::Epoch, at_least: epoch };
    Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: vec![event] }
}

/// How erasing a payload ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// The payload is gone, its digest stays.
    Done,
    /// There is no such event.
    Absent,
}

/// Events. They are appended by the verbs they tell of.
#[async_trait]
pub trait Events: Send + Sync {
    /// The lanes and the end of each one's chain.
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>>;

    /// The links of a lane after a number, in order, at most so many.
    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>>;

    /// Erases what an event said.
    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased>;

    /// Keeps a signed head.
    async fn checkpoint(&self, head: SignedHead) -> Answer<()>;

    /// The newest signed head of a lane.
    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>>;

    /// The signed heads of a lane, oldest first, as far as they are kept.
    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>>;
}
