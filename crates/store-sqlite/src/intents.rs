//! What became of changes that are spread over two stores.

use crate::rows::to_sql;
use crate::writer::Work;
use cloakroom_store::ledger::Intent;
use rusqlite::{Result, params};

/// How many are forgotten at once.
const AT_ONCE: u64 = 1_000;

/// Decides what becomes of a change, unless that was decided before.
pub(crate) fn decide(work: &Work<'_>, intent: Intent, is_done: bool) -> Result<bool> {
    let kept_until = work.now.plus(Intent::KEPT).millis();
    work.connection
        .prepare_cached(
            "INSERT INTO ck_intent (intent, is_done, kept_until) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![intent.0, is_done, kept_until])?;
    work.connection
        .prepare_cached("SELECT is_done FROM ck_intent WHERE intent = ?1")?
        .query_row([intent.0], |row| row.get(0))
}

/// Nothing was done after all.
pub(crate) fn undecide(work: &Work<'_>, intent: Intent) -> Result<()> {
    work.connection.prepare_cached("DELETE FROM ck_intent WHERE intent = ?1")?.execute([intent.0]).map(drop)
}

/// Forgets those that nobody asks for any more.
pub(crate) fn forget(work: &Work<'_>) -> Result<()> {
    work.connection
        .prepare_cached(
            "DELETE FROM ck_intent WHERE intent IN (SELECT intent FROM ck_intent WHERE kept_until < ?1 LIMIT ?2)",
        )?
        .execute([work.now.millis(), to_sql(AT_ONCE)])
        .map(drop)
}
