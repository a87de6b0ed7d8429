//! What happens in a world.

use super::verifier::Look;
use cloakroom_model::records::fact::KeptFact;
use cloakroom_rules::feed::relay::Read;
use cloakroom_rules::feed::said::{Asked, Told};

/// To which verifier, on which of its streams.
#[derive(Debug)]
pub(crate) enum Event {
    /// A session ends; or, if so, everything of its client.
    Commit(u8, bool),
    /// The truth is another copy, which lacks the last so many.
    FailOver(usize),
    /// The authority starts again.
    Authority,
    /// It looks whether what somebody waits for holds everywhere.
    Waits,
    Hint(usize),
    /// What a read found, if the truth answered.
    Found(usize, u64, u64, Option<Read>),
    Again(usize, u64),
    Asked(usize, u64, Asked),
    Told(usize, u64, Told),
    Learn(usize, Vec<KeptFact>),
    Tick(usize),
    Check(usize),
    /// What was found is about to be said.
    Answer(usize, Box<Look>),
    Open(usize),
    Break(usize),
    Hold(usize, i64),
    Pause(usize, i64),
    Restart(usize),
}
