//! The ledger: every fact that still denies something, in commit order.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;

/// A fact in its place in a lane. A fact that grew stands at its newest place only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the lane.
    pub seq: u64,
    /// The fact.
    pub fact: KeptFact,
}

/// Facts and generations.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// The counters as they stand. A proof carries them from here to the verb that uses it.
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations>;

    /// What is known of these keys, in their order: the lowest number that is still good.
    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>>;

    /// The lanes and the number of each one's last fact.
    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>>;

    /// The facts of a lane after a number, in order, at most so many.
    async fn since(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Entry>>;

    /// Publishes a trail that changes nothing else.
    async fn publish(&self, trail: &Trail) -> Answer<Receipt>;

    /// Forgets facts whose time is over, at most so many. Answers how many.
    async fn forget(&self, at_most: usize) -> Answer<usize>;
}
