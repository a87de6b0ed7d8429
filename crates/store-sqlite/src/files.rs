//! The files of a store: who may read them, who holds them, and the mark beside the database.

use crate::error::OpenError;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> OpenError + use<> {
    let path = path.to_owned();
    |source| OpenError::File { path, source }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// An exclusive hold on a store for as long as it lives.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "the lock ends when the file is closed")] File);

/// Makes the folder (0700) and the database file (0600) where there are none, and takes the lock. Answers the one
/// path of the database too: through a link it would have another lock.
pub(crate) fn hold(database: &Path) -> Result<(Held, PathBuf), OpenError> {
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    }
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    // One that is there is not opened: closing it again would drop the engine's locks on it, if this process has it
    // open already, and an outsider could take its log away.
    match options.clone().create_new(true).open(database) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(failed(database)(error));
        }
        _ => {}
    }
    let database = &fs::canonicalize(database).map_err(failed(database))?;
    let lock_path = beside(database, ".lock");
    let lock = options.create(true).truncate(false).open(&lock_path).map_err(failed(&lock_path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => return Err(OpenError::File { path: lock_path, source }),
    }
    Ok((Held(lock), database.clone()))
}

/// How far a store had come when the mark was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    pub(crate) epoch: u64,
    pub(crate) facts: u64,
    pub(crate) events: u64,
}

impl Mark {
    const FIRST_WORD: &str = "cloakroom-mark/1";

    /// Whether a store that has come to `self` is behind `earlier`.
    pub(crate) const fn is_behind(self, earlier: Mark) -> bool {
        self.epoch < earlier.epoch || self.facts < earlier.facts || self.events < earlier.events
    }

    /// The larger of each number.
    pub(crate) fn join(self, other: Mark) -> Mark {
        Mark {
            epoch: self.epoch.max(other.epoch),
            facts: self.facts.max(other.facts),
            events: self.events.max(other.events),
        }
    }

    /// The mark beside a database. None yet is no mark; one that does not parse is an error, not "none".
    pub(crate) fn read(database: &Path) -> Result<Option<Mark>, OpenError> {
        let path = beside(database, ".mark");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::File { path, source }),
        };
        let mut words = text.split_ascii_whitespace();
        let known = words.next() == Some(Self::FIRST_WORD);
        let numbers: Option<Vec<u64>> = words.map(|word| word.parse().ok()).collect();
        match (known, numbers.as_deref()) {
            (true, Some(&[epoch, facts, events])) => Ok(Some(Mark { epoch, facts, events })),
            _ => Err(OpenError::File { path, source: std::io::Error::other("not a mark of this version") }),
        }
    }

    /// Writes the mark so that either the old or the new one is there, whatever happens.
    pub(crate) fn write(self, database: &Path) -> std::io::Result<()> {
        let (path, new) = (beside(database, ".mark"), beside(database, ".mark.new"));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        writeln!(file, "{} {} {} {}", Self::FIRST_WORD, self.epoch, self.facts, self.events)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }
}
