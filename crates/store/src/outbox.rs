//! Letters that wait to be sent. They come with the change they tell of; each is tried until it is sent or says nothing true any more.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::words::time::{Span, Time};

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was sent, or never can be.
    Gone,
    /// It is tried again then.
    Again(Time),
}

/// The outbox of a store.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Letters that are due, at most so many. Nobody else is given them for a time, so that none is sent twice by two who send. Those
    /// that are over are dropped.
    async fn due(&self, at_most: usize, keep: Span) -> Answer<Vec<Letter>>;

    /// Says what became of a letter. Answers whether it was there.
    async fn settle(&self, letter: [u8; 16], settled: Settled) -> Answer<bool>;

    /// How many wait.
    async fn waiting(&self) -> Answer<u64>;
}
