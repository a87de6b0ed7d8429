//! What became of changes that are spread over two stores.

use crate::error::{Failed, Result};
use crate::values::{P, number, to_sql};
use crate::work::Work;
use cloakroom_store::ledger::Intent;

/// How many are forgotten at once.
const AT_ONCE: u64 = 1_000;

/// Decides what becomes of a change, unless that was decided before. Whoever asks beside it waits here.
pub(crate) async fn decide(work: &Work<'_>, intent: Intent, is_done: bool) -> Result<bool> {
    let kept_until = P::I(work.now.plus(Intent::KEPT).millis());
    let sql =
        "INSERT INTO ck_intent (intent, is_done, kept_until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if work.connection.change(sql, &[P::B(&intent.0), P::I(is_done.into()), kept_until]).await? > 0 {
        return Ok(is_done);
    }
    let sql = "SELECT is_done FROM ck_intent WHERE intent = $1";
    let found = work.connection.row(sql, &[P::B(&intent.0)]).await?;
    found.map_or(Err(Failed::Corrupt("an intent is gone")), |row| Ok(number(&row, 0)? > 0))
}

/// Nothing was done after all.
pub(crate) async fn undecide(work: &Work<'_>, intent: Intent) -> Result<()> {
    work.connection.change("DELETE FROM ck_intent WHERE intent = $1", &[P::B(&intent.0)]).await.map(drop)
}

/// Forgets those that nobody asks for any more.
pub(crate) async fn forget(work: &Work<'_>) -> Result<()> {
    let sql = "DELETE FROM ck_intent WHERE intent IN \
               (SELECT intent FROM ck_intent WHERE kept_until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    work.connection.change(sql, &[P::I(work.now.millis()), P::I(to_sql(AT_ONCE))]).await.map(drop)
}
