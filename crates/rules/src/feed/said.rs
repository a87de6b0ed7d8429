//! What the two ends say to one another. In each direction it arrives in order, or not at all.

use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::records::trail::LaneId;
use std::collections::BTreeMap;

/// How far each lane has come.
pub type Heads = BTreeMap<LaneId, u64>;

/// Which truth it is. One that was made anew, or has gone back to an earlier state, is another one, and gives out numbers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub [u8; 16]);

/// A follower's question, told from its others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub u64);

/// What a follower says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It begins: what it knows already, and of which truth.
    Hello(Option<Incarnation>, Heads),
    /// It asks for a proof.
    Probe(Nonce),
    /// It has taken in everything of this truth up to here.
    Has(Incarnation, Heads),
}

/// What a relay says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What follows is of this truth, from its beginning. What is known of others stays known.
    Begins(Incarnation),
    /// Facts of one lane.
    Facts(Part),
    /// Everything up to these heads was said before this. Of fewer facts that cannot be said: one that grew meanwhile stands further on.
    All(Heads),
    /// The same, and they were read after the question had arrived.
    Proof(Nonce, Heads),
    /// Somebody is there, and cannot read the truth.
    Waiting,
}

/// What a lane has after one number and up to another. A fact that grew stands at its newest place only, and one whose time is
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
