//! What a change leaves behind: the facts it publishes and the events it tells of, committed with it.

use super::event::Event;
use super::fact::KeptFact;

/// Goes with every verb that changes something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trail {
    /// Facts to publish.
    pub facts: Vec<KeptFact>,
    /// Events to record.
    pub events: Vec<Event>,
}

impl Trail {
    /// A change that needs no telling: the app's own data, a touch.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Puts another trail behind this one.
    pub fn and(&mut self, other: Trail) {
        self.facts.extend(other.facts);
        self.events.extend(other.events);
    }
}

/// The writer connection that orders a part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub u32);

/// What a store answers to a committed verb: where in the log its trail stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The lane.
    pub lane: LaneId,
    /// The lane's head after the commit.
    pub head: u64,
    /// The facts as published, with the numbers that only the transaction could know.
    pub facts: Vec<KeptFact>,
}
