//! Connections that only read. Many read over one at once: what they ask goes out one behind the other, and nobody waits for a free one.

use crate::connection::Connection;
use crate::error::{Failed, Result};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::Config;

/// How many there are.
const READERS: usize = 4;
/// How long a new connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

/// A few reading connections, taken in turn.
#[derive(Debug)]
pub(crate) struct Readers {
    config: Config,
    keeps_statements: bool,
    connections: [Mutex<Option<Arc<Connection>>>; READERS],
    turn: AtomicUsize,
}

impl Readers {
    pub(crate) fn new(config: Config, keeps_statements: bool) -> Self {
        Self { config, keeps_statements, connections: Default::default(), turn: AtomicUsize::new(0) }
    }

    /// One of them. One that was lost is made anew.
    pub(crate) async fn one(&self) -> Result<Arc<Connection>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let mut place = self.connections.get(turn).ok_or(Failed::Late)?.lock().await;
        if let Some(connection) = place.as_ref().filter(|connection| !connection.is_lost()) {
            return Ok(connection.clone());
        }
        let opened = Connection::open(&self.config, self.keeps_statements);
        let connection = Arc::new(timeout(CONNECTS_WITHIN, opened).await.map_err(|_| Failed::Late)??);
        *place = Some(connection.clone());
        Ok(connection)
    }

    /// One that has not answered in time is not asked again.
    pub(crate) async fn drop_one(&self, silent: &Arc<Connection>) {
        for place in &self.connections {
            let mut place = place.lock().await;
            if place.as_ref().is_some_and(|connection| Arc::ptr_eq(connection, silent)) {
                *place = None;
            }
        }
    }
}
