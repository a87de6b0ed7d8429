//! The audit log: chained, append-only, payloads erasable.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::trail::{LaneId, Trail};

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
