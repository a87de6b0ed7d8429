//! The verbs of letters.

use crate::error::Result;
use crate::people_rows as rows;
use crate::store::PostgresStore;
use crate::values::P;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::words::time::Span;
use cloakroom_store::fault::Answer;
use cloakroom_store::outbox::{Outbox, Settled};

#[async_trait]
impl Outbox for PostgresStore {
    async fn due(&self, at_most: usize, keep: Span) -> Answer<Vec<Letter>> {
        // Mostly there is none, and then nothing is written.
        let now = self.clock.now();
        let is_any = self
            .read(move |connection| async move {
                let sql = "SELECT 1::int8 FROM ck_outbox WHERE due <= $1 LIMIT 1";
                Ok(connection.row(sql, &[P::I(now.millis())]).await?.is_some())
            })
            .await?;
        if is_any { self.writer.run(Giving { at_most, keep }).await } else { Ok(Vec::new()) }
    }

    async fn settle(&self, letter: [u8; 16], settled: Settled) -> Answer<bool> {
        self.writer.run(Settling(letter, settled)).await
    }

    async fn waiting(&self) -> Answer<u64> {
        self.read(
            |connection| async move { rows::count(&connection, "SELECT count(*) FROM ck_outbox").await },
        )
        .await
    }
}

struct Giving {
    at_most: usize,
    keep: Span,
}

struct Settling([u8; 16], Settled);

impl Verb for Giving {
    type Answer = Vec<Letter>;

    async fn run(&self, work: &mut Work<'_>) -> Result<Vec<Letter>> {
        let (mut letters, kept_until) = (Vec::new(), work.now.plus(self.keep));
        for letter in rows::due(work.connection, work.now, self.at_most).await? {
            if letter.until <= work.now {
                rows::drop_letter(work.connection, letter.id).await?;
            } else {
                rows::put_off(work.connection, letter.id, kept_until, 1).await?;
                letters.push(Letter { due: kept_until, tries: letter.tries + 1, ..letter });
            }
        }
        Ok(letters)
    }
}

impl Verb for Settling {
    type Answer = bool;

    async fn run(&self, work: &mut Work<'_>) -> Result<bool> {
        let Self(letter, settled) = self;
        let changed = match settled {
            Settled::Gone => rows::drop_letter(work.connection, *letter).await?,
            Settled::Again(due) => rows::put_off(work.connection, *letter, *due, 0).await?,
        };
        Ok(changed > 0)
    }
}
