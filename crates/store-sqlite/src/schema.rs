//! Opening connections and bringing the schema up to date.

use crate::error::{OpenError, corrupt};
use cloakroom_store::sql::SQLITE;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// Earlier versions have a bug that can corrupt a database in WAL mode.
const OLDEST_ENGINE: i32 = 3_051_003;
/// Somebody outside (a backup tool) may lock the file for a moment.
const BUSY: Duration = Duration::from_secs(2);
/// "CKRM": how we know our own databases.
const APPLICATION: i64 = 0x434b_524d;
/// What a reading connection may keep of the database, in KiB.
const READER_CACHE: i64 = -8_192;
/// The same for the one that writes.
const WRITER_CACHE: i64 = -16_384;

pub(crate) fn check_engine() -> Result<(), OpenError> {
    if rusqlite::version_number() < OLDEST_ENGINE {
        return Err(OpenError::OldEngine { found: rusqlite::version() });
    }
    Ok(())
}

/// The one connection that writes. An acknowledged commit is on the disk.
pub(crate) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
        match row.get_ref(0)?.as_str() {
            Ok("wal") => Ok(()),
            _ => Err(corrupt("this file system does not carry a write-ahead log")),
        }
    })?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    // Checkpoints have a thread of their own.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// A connection that cannot write.
pub(crate) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", "ON")?;
    connection.pragma_update(None, "cache_size", READER_CACHE)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Without this a statement is prepared anew whenever a value is bound that a plan might depend on.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Whether there is nothing in it yet. One that holds what is not ours is refused, before anything of it is changed.
pub(crate) fn is_new(path: &Path) -> Result<bool, OpenError> {
    let engine = |source| OpenError::Engine { path: path.to_owned(), source };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(engine)?;
    connection.busy_timeout(BUSY).map_err(engine)?;
    let number =
        |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(engine);
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    match (number("application_id")?, number("user_version")?, tables.map_err(engine)?) {
        (0, 0, 0) => Ok(true),
        (APPLICATION, ..) => Ok(false),
        _ => Err(OpenError::NotOurs { path: path.to_owned() }),
    }
}

/// Runs the steps that are missing, each with its number in one transaction.
pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let engine = |source| OpenError::Engine { path: path.to_owned(), source };
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(engine)?;
    let known = SQLITE.last().map_or(0, |newest| newest.number);
    if found > known {
        return Err(OpenError::Newer { path: path.to_owned(), found, known });
    }
    for step in SQLITE.iter().filter(|step| step.number > found) {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(engine)?;
        transaction.execute_batch(step.sql).map_err(engine)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(engine)?;
        transaction.pragma_update(None, "user_version", step.number).map_err(engine)?;
        transaction.commit().map_err(engine)?;
    }
    Ok(())
}

fn notes(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM ck_meta WHERE name = ?1)", [name], |row| row.get(0))
}

/// Whether it was left for another store.
pub(crate) fn is_moved(connection: &Connection) -> rusqlite::Result<bool> {
    notes(connection, "moved")
}

/// Whether it is to become a store that was exported.
pub(crate) fn is_unfinished(connection: &Connection) -> rusqlite::Result<bool> {
    notes(connection, "importing")
}

/// It is used again.
pub(crate) fn is_here_again(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM ck_meta WHERE name = 'moved'", []).map(drop)
}

#[cfg(test)]
mod tests;
