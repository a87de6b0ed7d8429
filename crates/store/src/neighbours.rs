//! Several authorities on one truth, each with verifiers of its own: what they say to each other.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::Span;

/// What an authority says of its verifiers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// None of them lets anybody in by knowledge that is older.
    pub bears: Span,
    /// Up to here all of them know, or have stopped believing what they knew.
    pub heads: Vec<(LaneId, u64)>,
}

/// Another authority on the same truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// How long ago it last proved that it is there.
    pub silent_for: Span,
    /// What it said last.
    pub said: Said,
}

/// A truth that may be shared.
#[async_trait]
pub trait Neighbours: Send + Sync {
    /// The others: those that are there, and those that were and may have verifiers still.
    async fn neighbours(&self) -> Answer<Vec<Neighbour>> {
        Ok(Vec::new())
    }

    /// Says something to the others. None: nobody follows this one, and nobody who did believes anything still.
    async fn say(&self, _said: Option<Said>) -> Answer<()> {
        Ok(())
    }
}
