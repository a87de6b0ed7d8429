//! Moving committed pages from the log into the database, on a thread of its own: no commit waits for it.

use crate::schema;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The way to the thread. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    wanted: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub(crate) fn start(database: &Path) -> std::io::Result<Self> {
        let (wanted, asked) = sync_channel(1);
        let connection = schema::writer(database).map_err(std::io::Error::other)?;
        let thread = std::thread::Builder::new()
            .name("cloakroom-checkpoint".to_owned())
            .spawn(move || run(&connection, &asked))?;
        Ok(Self { wanted: Some(wanted), thread: Some(thread) })
    }

    /// Asks for one, unless one is asked for already.
    pub(crate) fn want(&self) {
        let _asked_already = self.wanted.as_ref().map(|wanted| wanted.try_send(()));
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wanted = None;
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn run(connection: &Connection, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        // What cannot be moved now is moved the next time: nothing is lost, the log is only longer.
        let _busy = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}
