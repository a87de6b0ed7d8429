//! Connections that only read. Many read over one at once: what they ask goes out one behind the other, and nobody waits for a free one.

use crate::address::Address;
use crate::connection::Connection;
use crate::era::Era;
use crate::error::{Failed, Result};
use crate::tick::{Server, prove};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// How many there are.
const READERS: usize = 4;
/// How long a new connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

/// A connection, and in which era it was made.
type Place = Option<(u64, Arc<Connection>)>;

/// A few reading connections, taken in turn.
#[derive(Debug)]
pub(crate) struct Readers {
    address: Address,
    era: Era,
    server: Server,
    connections: [Mutex<Place>; READERS],
    turn: AtomicUsize,
    /// For when nothing was proven lately: one at a time, on a connection that proves itself before each read.
    proving: Mutex<Place>,
}

impl Readers {
    pub(crate) fn new(address: Address, server: Server, era: Era) -> Self {
        let (connections, turn, proving) = (Default::default(), AtomicUsize::new(0), Mutex::default());
        Self { address, era, server, connections, turn, proving }
    }

    async fn of(&self, place: &mut Place) -> Result<Arc<Connection>> {
        let era = self.era.now();
        if let Some((_, connection)) =
            place.as_ref().filter(|(made, connection)| *made == era && !connection.is_lost())
        {
            return Ok(connection.clone());
        }
        let opened = Connection::open(&self.address);
        let connection = Arc::new(timeout(CONNECTS_WITHIN, opened).await.map_err(|_| Failed::Late)??);
        // Whoever lets us in need not be the truth: one that was deposed and started again does too.
        prove(&connection, &self.server).await?;
        *place = Some((era, connection.clone()));
        Ok(connection)
    }

    /// One of them. One that was lost is made anew.
    pub(crate) async fn one(&self) -> Result<Arc<Connection>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % READERS;
        let place = self.connections.get(turn).ok_or(Failed::Late)?;
        let mut place = timeout(CONNECTS_WITHIN, place.lock()).await.map_err(|_| Failed::Late)?;
        self.of(&mut place).await
    }

    /// One whose server has proven in this moment that it is the truth. It is nobody else's for as long as it is held.
    pub(crate) async fn proven(&self) -> Result<(MutexGuard<'_, Place>, Arc<Connection>)> {
        let mut place = timeout(CONNECTS_WITHIN, self.proving.lock()).await.map_err(|_| Failed::Late)?;
        let connection = self.of(&mut place).await?;
        match prove(&connection, &self.server).await {
            Ok(_) => Ok((place, connection)),
            Err(failed) => {
                *place = None;
                Err(failed)
            }
        }
    }

    /// One that has not answered in time is not asked again.
    pub(crate) async fn drop_one(&self, silent: &Arc<Connection>) {
        for place in &self.connections {
            let mut place = place.lock().await;
            if place.as_ref().is_some_and(|(_, connection)| Arc::ptr_eq(connection, silent)) {
                *place = None;
            }
        }
    }
}
