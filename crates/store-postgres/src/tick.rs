//! A proof that a server is the truth: it commits.

use crate::connection::{Connection, Patience};
use crate::error::Result;
use crate::lane::{Heads, heads};
use crate::values::{P, get};

/// Who proves.
pub(crate) type Server = [u8; 16];

/// What a tick has found.
pub(crate) struct Proof {
    /// The heads of all lanes.
    pub(crate) heads: Heads,
    /// Whether commits wait for whoever could take over. Where nobody could, there is nobody to wait for.
    pub(crate) is_waited_for: bool,
}

/// A transaction that only the truth can commit. Each process has a row of its own to write, so that none waits for another.
pub(crate) async fn prove(connection: &Connection, server: &Server) -> Result<Proof> {
    connection.begin(Patience::Tick).await?;
    let sql = "INSERT INTO ck_server (id, ticks) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET ticks = ck_server.ticks + 1, seen = now()";
    connection.change(sql, &[P::B(server)]).await?;
    let heads = heads(connection).await?;
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM pg_stat_replication) OR (current_setting('synchronous_standby_names') <> '' \
               AND current_setting('synchronous_commit') NOT IN ('off', 'local'))";
    let is_waited_for = connection.row(sql, &[]).await?.map_or(Ok(false), |row| get(&row, 0))?;
    connection.commit().await?;
    Ok(Proof { heads, is_waited_for })
}

/// Forgets processes that have not proven anything for a day.
pub(crate) async fn forget_servers(connection: &Connection) -> Result<()> {
    connection.change("DELETE FROM ck_server WHERE seen < now() - interval '1 day'", &[]).await.map(drop)
}
