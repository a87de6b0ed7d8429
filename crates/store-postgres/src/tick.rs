//! A proof that a server is the truth: it commits.

use crate::connection::{Connection, Patience};
use crate::error::Result;
use crate::lane::{Heads, heads};
use crate::values::P;

/// Who proves.
pub(crate) type Server = [u8; 16];

/// The heads of all lanes, by a transaction that only the truth can commit. Each process has a row of its own to write, so that none waits for
/// another.
pub(crate) async fn proven_heads(connection: &Connection, server: &Server) -> Result<Heads> {
    connection.begin(Patience::Tick).await?;
    let sql = "INSERT INTO ck_server (id, ticks) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET ticks = ck_server.ticks + 1, seen = now()";
    connection.change(sql, &[P::B(server)]).await?;
    let found = heads(connection).await?;
    connection.commit().await?;
    Ok(found)
}

/// Forgets processes that have not proven anything for a day.
pub(crate) async fn forget_servers(connection: &Connection) -> Result<()> {
    connection.change("DELETE FROM ck_server WHERE seen < now() - interval '1 day'", &[]).await.map(drop)
}
