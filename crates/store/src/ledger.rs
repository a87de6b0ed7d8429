//! The ledger: every fact that still denies something, in commit order.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;

/// The name of one change that is spread over two stores, drawn by whoever makes it. It is done when this store says so, and a store
/// that says so once says nothing else of it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Intent(pub [u8; 16]);

impl Intent {
    /// How long it is remembered what became of one.
    pub const KEPT: Span = Span::days(1);
}

/// The counters of users that a trail raises.
pub fn counters(trail: &Trail) -> impl Iterator<Item = (&SubjectId, u64)> {
    trail.facts.iter().filter_map(|kept| match &kept.fact.key {
        FactKey::User(subject) => Some((subject, kept.fact.at_least)),
        _ => None,
    })
}

/// A fact in its place in a lane. A fact that grew stands at its newest place only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the lane.
    pub seq: u64,
    /// The fact.
    pub fact: KeptFact,
}

/// What a lane holds after a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneTail {
    /// The lane.
    pub lane: LaneId,
    /// The number of its last fact, whether that still stands there or not.
    pub head: u64,
    /// Its facts after the number, in order, at most as many as were asked for.
    pub entries: Vec<Entry>,
}

impl LaneTail {
    /// How far it goes, when so many were asked for: to the head, or to where the page ended.
    #[must_use]
    pub fn upto(&self, at_most: usize) -> u64 {
        match self.entries.last() {
            Some(last) if self.entries.len() >= at_most => last.seq,
            _ => self.head,
        }
    }
}

/// The number of a lane among those that are named.
#[must_use]
pub fn number_of(lane: LaneId, named: &[(LaneId, u64)]) -> u64 {
    named.iter().find(|(other, _)| *other == lane).map_or(0, |(_, number)| *number)
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

    /// What every lane holds after its number (0 for those that are not named), at most so many facts of each: all of it at one
    /// moment, since a fact that grows moves to another place, and perhaps to another lane.
    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>>;

    /// Publishes a trail that changes nothing else.
    async fn publish(&self, trail: &Trail) -> Answer<Receipt>;

    /// Publishes the trail of a change that is prepared in another store: from here on it is done. None if it was called off before, or if the
    /// counter of a user in it would not rise: then somebody else was faster, and it is called off with this.
    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>>;

    /// Whether such a change was published. One that was not never will be: it is called off with this.
    async fn settle(&self, intent: Intent) -> Answer<bool>;

    /// Forgets facts whose time is over, at most so many, and as many intents that nobody asks for any more. Answers how many facts.
    async fn forget(&self, at_most: usize) -> Answer<usize>;
}
