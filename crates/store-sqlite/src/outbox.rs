//! The verbs of letters.

use crate::people_rows as rows;
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::words::time::Span;
use cloakroom_store::fault::Answer;
use cloakroom_store::outbox::{Outbox, Settled};

#[async_trait]
impl Outbox for SqliteStore {
    async fn due(&self, at_most: usize, keep: Span) -> Answer<Vec<Letter>> {
        let now = self.clock.now();
        // Mostly there is none, and then nothing is written.
        if self.readers.read(|connection| rows::due(connection, now, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        self.writer
            .run(move |work| {
                let (mut letters, kept_until) = (Vec::new(), work.now.plus(keep));
                for letter in rows::due(work.connection, work.now, at_most)? {
                    if letter.until <= work.now {
                        rows::drop_letter(work.connection, letter.id)?;
                    } else {
                        rows::put_off(work.connection, letter.id, kept_until, 1)?;
                        letters.push(Letter { due: kept_until, tries: letter.tries + 1, ..letter });
                    }
                }
                Ok(Ok(letters))
            })
            .await
    }

    async fn settle(&self, letter: [u8; 16], settled: Settled) -> Answer<bool> {
        self.writer
            .run(move |work| {
                let changed = match settled {
                    Settled::Gone => rows::drop_letter(work.connection, letter)?,
                    Settled::Again(due) => rows::put_off(work.connection, letter, due, 0)?,
                };
                Ok(Ok(changed > 0))
            })
            .await
    }

    async fn waiting(&self) -> Answer<u64> {
        self.readers.read(|connection| rows::count(connection, "SELECT count(*) FROM ck_outbox"))
    }
}
