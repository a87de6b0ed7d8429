//! A copy of the database while it is in use.

use crate::error::fault;
use crate::schema;
use crate::store::SqliteStore;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use tokio::sync::oneshot;

impl SqliteStore {
    /// Writes a copy to a file that does not exist yet. It is one moment of the store: everything acknowledged
    /// before the call is in it. Readers and the writer go on. The root key is not in it, because it never is
    /// in the store; nor is the mark, so that a copy opens only where somebody accepts it as restored.
    pub async fn backup_to(&self, copy: impl AsRef<Path>) -> Answer<()> {
        let (from, to) = (self.path.clone(), copy.as_ref().to_owned());
        let (reply, answer) = oneshot::channel();
        std::thread::Builder::new()
            .name("cloakroom-backup".to_owned())
            .spawn(move || {
                let _caller_may_be_gone = reply.send(copy_database(&from, &to));
            })
            .map_err(|source| Fault::from_source(FaultKind::Unavailable, source))?;
        answer.await.unwrap_or_else(|_| Err(Fault::of(FaultKind::Closed)))
    }
}

fn copy_database(from: &Path, to: &Path) -> Answer<()> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(to)
        .map_err(|source| Fault::from_source(FaultKind::Unavailable, source))?;
    let copied = copy_pages(from, to);
    if copied.is_err() {
        // Half a backup is none, and must not stand in the way of the next one.
        let _gone_already = std::fs::remove_file(to);
    }
    copied
}

fn copy_pages(from: &Path, to: &Path) -> Answer<()> {
    let source = schema::reader(from).map_err(fault)?;
    let mut target = Connection::open(to).map_err(fault)?;
    let done = Backup::new(&source, &mut target).and_then(|backup| backup.step(-1)).map_err(fault)?;
    match done {
        StepResult::Done => target.execute_batch("PRAGMA journal_mode = DELETE").map_err(fault),
        _ => Err(Fault::of(FaultKind::Unavailable)),
    }
}
