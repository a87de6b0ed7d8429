//! The tables: made and brought up to date, by one server at a time, while others run.

use crate::connection::Connection;
use crate::error::{Failed, OpenError, Result};
use crate::values::{P, get, number, to_sql};
use cloakroom_store::sql::POSTGRES;

/// The lock under which tables are changed: "cloakroo" as a number.
const LOCK: i64 = 0x636c_6f61_6b72_6f6f;

/// Whether there are any tables of ours.
pub(crate) async fn is_there(connection: &Connection) -> Result<bool> {
    let found = connection.row("SELECT to_regclass('ck_meta') IS NOT NULL", &[]).await?;
    found.map_or(Ok(false), |row| get(&row, 0))
}

async fn notes(connection: &Connection, name: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM ck_meta WHERE name = $1)";
    connection.row(sql, &[P::T(name)]).await?.map_or(Ok(false), |row| get(&row, 0))
}

/// Whether it was left for another store.
pub(crate) async fn is_moved(connection: &Connection) -> Result<bool> {
    notes(connection, "moved").await
}

/// Whether it is to become a store that was exported.
pub(crate) async fn is_unfinished(connection: &Connection) -> Result<bool> {
    notes(connection, "importing").await
}

/// It is used again, when the transaction that this is in commits.
pub(crate) async fn is_here_again(connection: &Connection) -> Result<()> {
    connection
        .run("DROP FUNCTION IF EXISTS ck_moved() CASCADE; DELETE FROM ck_meta WHERE name = 'moved'")
        .await
}

/// Which step of the schema the database has come to.
async fn found(connection: &Connection) -> Result<u64> {
    let sql = "SELECT value FROM ck_meta WHERE name = 'schema'";
    connection.row(sql, &[]).await?.map_or(Ok(0), |row| number(&row, 0))
}

async fn steps(connection: &Connection) -> Result<u64> {
    connection.rows("SELECT pg_advisory_xact_lock($1)", &[P::I(LOCK)]).await?;
    connection
        .run(
            "CREATE TABLE IF NOT EXISTS ck_meta (name TEXT COLLATE \"C\" PRIMARY KEY, value BIGINT NOT NULL)",
        )
        .await?;
    let found = found(connection).await?;
    for step in POSTGRES.iter().filter(|step| to_sql(found) < step.number) {
        connection.run(step.sql).await?;
        let sql = "INSERT INTO ck_meta (name, value) VALUES ('schema', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        connection.change(sql, &[P::I(step.number)]).await?;
    }
    Ok(found)
}

/// Runs the steps that are missing, all of them in one transaction.
pub(crate) async fn migrate(connection: &Connection, server: &str) -> core::result::Result<(), OpenError> {
    let known = POSTGRES.last().map_or(0, |newest| newest.number);
    let ran = async {
        connection.run("BEGIN").await?;
        let found = steps(connection).await?;
        connection.run("COMMIT").await?;
        Ok::<_, Failed>(found)
    };
    match ran.await {
        Ok(found) if to_sql(found) > known => {
            Err(OpenError::Newer { server: server.to_owned(), found: to_sql(found), known })
        }
        Ok(_) => Ok(()),
        Err(Failed::Server(source)) => Err(OpenError::Schema { server: server.to_owned(), source }),
        Err(_) => Err(OpenError::Silent { server: server.to_owned() }),
    }
}
