//! Letters on their way: opened for whoever sends them, tried again when it did not work.

use super::{Message, People};
use crate::denied::Denied;
use cloakroom_model::words::time::Span;
use cloakroom_store::outbox::Settled;

/// How long whoever sends a letter has it to themselves.
const KEPT: Span = Span::minutes(5);
/// The longest pause between two tries.
const LONGEST: Span = Span::hours(1);

/// A letter to send.
#[derive(Debug)]
pub struct Posted {
    /// Its id.
    pub id: [u8; 16],
    /// How often it was tried, this time counted.
    pub tries: u32,
    /// What it says.
    pub message: Message,
}

impl People {
    /// Letters that are due, at most so many.
    pub async fn letters(&self, at_most: usize) -> Result<Vec<Posted>, Denied> {
        let outbox = &self.0.authority.0.stores.outbox;
        let mut posted = Vec::new();
        for letter in outbox.due(at_most, KEPT).await? {
            match self.open_letter(&letter) {
                Some(message) => posted.push(Posted { id: letter.id, tries: letter.tries, message }),
                // Nobody can read it any more.
                None => drop(outbox.settle(letter.id, Settled::Gone).await?),
            }
        }
        Ok(posted)
    }

    /// A letter was sent, or never can be.
    pub async fn was_posted(&self, letter: [u8; 16]) -> Result<bool, Denied> {
        Ok(self.0.authority.0.stores.outbox.settle(letter, Settled::Gone).await?)
    }

    /// A letter could not be sent now. The pauses grow.
    pub async fn try_again(&self, letter: &Posted) -> Result<bool, Denied> {
        let pause = Span::seconds(5_i64.saturating_mul(1 << letter.tries.min(12))).min(LONGEST);
        let again = Settled::Again(self.0.authority.now().plus(pause));
        Ok(self.0.authority.0.stores.outbox.settle(letter.id, again).await?)
    }

    /// How many letters wait.
    pub async fn letters_waiting(&self) -> Result<u64, Denied> {
        Ok(self.0.authority.0.stores.outbox.waiting().await?)
    }
}
