//! Connections that only read. A read of one row is shorter than a hop to another thread, so it happens where
//! it is asked for.

use crate::error::fault;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A few reading connections, taken in turn.
#[derive(Debug)]
pub(crate) struct Readers {
    connections: Vec<Mutex<Option<Connection>>>,
    turn: AtomicUsize,
}

impl Readers {
    pub(crate) fn of(connections: Vec<Connection>) -> Self {
        Self {
            connections: connections.into_iter().map(|one| Mutex::new(Some(one))).collect(),
            turn: AtomicUsize::new(0),
        }
    }

    /// Reads with one of the connections: the first free one, else the next in turn.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Answer<T> {
        let free = self.connections.iter().find_map(Mutex::try_lock);
        let turn = || {
            let count = self.connections.len().max(1);
            self.connections.get(self.turn.fetch_add(1, Ordering::Relaxed) % count).map(Mutex::lock)
        };
        let guard = free.or_else(turn).ok_or(Fault::of(FaultKind::Closed))?;
        let connection = guard.as_ref().ok_or(Fault::of(FaultKind::Closed))?;
        read(connection).map_err(fault)
    }

    /// Closes them all. Whoever reads later is told so.
    pub(crate) fn close(&self) {
        self.connections.iter().for_each(|one| drop(one.lock().take()));
    }
}
