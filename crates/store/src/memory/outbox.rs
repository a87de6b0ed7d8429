//! The verbs of letters.

use super::state::MemoryStore;
use crate::fault::Answer;
use crate::outbox::{Outbox, Settled};
use async_trait::async_trait;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::words::time::Span;

#[async_trait]
impl Outbox for MemoryStore {
    async fn due(&self, at_most: usize, keep: Span) -> Answer<Vec<Letter>> {
        let mut verb = self.verb();
        let now = verb.now;
        let letters = &mut verb.book.people.letters;
        letters.retain(|_, letter| letter.until > now);
        let due = letters.values_mut().filter(|letter| letter.due <= now).take(at_most);
        Ok(due
            .map(|letter| {
                (letter.due, letter.tries) = (now.plus(keep), letter.tries.saturating_add(1));
                letter.clone()
            })
            .collect())
    }

    async fn settle(&self, letter: [u8; 16], settled: Settled) -> Answer<bool> {
        let mut verb = self.verb();
        let letters = &mut verb.book.people.letters;
        Ok(match settled {
            Settled::Gone => letters.remove(&letter).is_some(),
            Settled::Again(due) => letters.get_mut(&letter).map(|letter| letter.due = due).is_some(),
        })
    }

    async fn waiting(&self) -> Answer<u64> {
        Ok(self.book.read().people.letters.len() as u64)
    }
}
