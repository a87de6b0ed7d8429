//! What the two ends say to one another. In each direction it arrives in order, or not at all.

use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::records::trail::LaneId;
use std::collections::BTreeMap;

/// How far each lane has come.
pub type Heads = BTreeMap<LaneId, u64>;

/// A follower's question, told from its others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub u64);

/// What a follower says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It begins: what it knows already.
    Hello(Heads),
    /// It asks for a proof.
    Probe(Nonce),
}

/// What a relay says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Facts of one lane.
    Facts(Part),
    /// Everything up to these heads was said before this, and they were read after the question had arrived.
    Proof(Nonce, Heads),
    /// Somebody is there, and cannot read the truth.
    Waiting,
}

/// Everything that a lane has after one number and up to another. A fact that grew stands at its newest place only, and one whose time is
/// over stands nowhere: not every number has a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The lane.
    pub lane: LaneId,
    /// The number before the first.
    pub after: u64,
    /// The last number.
    pub upto: u64,
    /// The facts.
    pub facts: Vec<KeptFact>,
}
