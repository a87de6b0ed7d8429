//! The list of passwords that were lost elsewhere: a file of SHA-1 digests in their order, one a line, as Have I Been Pwned gives it out.
//! It is as large as it is, and stays on the disk: looking something up reads some forty short pieces of it.

use async_trait::async_trait;
use cloakroom_authority::Denied;
use cloakroom_authority::ports::breaches::Breaches;
use data_encoding::HEXLOWER_PERMISSIVE;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// No line is longer: forty digits, a count, the end.
const LINE: usize = 64;
/// How many look into it at once.
const READERS: usize = 8;
/// In so many places it is looked at whether it is in order.
const LOOKS: u64 = 64;

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "error[CK1011]: {what}\n  --> {}\nhint: it is the list of SHA-1 digests that is ordered by hash: forty digits and `:COUNT` a line", file.display()
)]
pub(crate) struct NoList {
    file: PathBuf,
    what: String,
}

/// The list.
#[derive(Debug, Clone)]
pub(crate) struct BreachFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    /// How long it was when it was opened: one that is being written anew says nothing.
    length: u64,
    /// So many look at once: it is one disk.
    readers: Semaphore,
}

/// A line: its digest, where it begins, and where the next one does.
struct Line {
    digest: [u8; 20],
    next: u64,
}

impl BreachFile {
    /// Opens it, and looks at some of its lines.
    pub(crate) fn open(path: &Path) -> Result<Self, NoList> {
        let no = |what: String| NoList { file: path.to_owned(), what };
        let file = File::open(path).map_err(|error| no(error.to_string()))?;
        let length = file.metadata().map_err(|error| no(error.to_string()))?.len();
        let list = Self(Arc::new(Inner { file, length, readers: Semaphore::new(READERS) }));
        let mut last = None;
        for look in 0..=LOOKS {
            let at = length / LOOKS * look;
            let line = list.line(at, length).map_err(|error| no(format!("byte {at}: {error}")))?;
            let Some(line) = line else { continue };
            if last.is_some_and(|last| line.digest < last) {
                return Err(no(format!("it is not in the order of its digests near byte {at}")));
            }
            last = Some(line.digest);
        }
        if last.is_none() {
            return Err(no("there is nothing in it".to_owned()));
        }
        Ok(list)
    }

    /// As long as it was. One that is shorter is being written anew, or was cut off.
    fn length(&self) -> io::Result<u64> {
        match self.0.file.metadata()?.len() >= self.0.length {
            true => Ok(self.0.length),
            false => Err(io::Error::other(
                "it is shorter than it was: put another one in its place, and start again",
            )),
        }
    }

    /// The first line that begins at a byte or behind it.
    fn line(&self, at: u64, length: u64) -> io::Result<Option<Line>> {
        // A line begins behind the end of another one, which may be the byte before.
        let from = at.saturating_sub(1);
        let mut bytes = [0u8; 2 * LINE];
        let mut read = 0;
        while let Some(room) = bytes.get_mut(read..).filter(|room| !room.is_empty()) {
            match self.0.file.read_at(room, from + read as u64)? {
                0 => break,
                more => read += more,
            }
        }
        let found = bytes.get(..read).unwrap_or_default();
        let begin = match at {
            0 => 0,
            _ => match found.iter().position(|byte| *byte == b'\n') {
                Some(end) => end + 1,
                None if from + read as u64 >= length => return Ok(None),
                None => return Err(io::Error::other("a line is too long")),
            },
        };
        let line = found.get(begin..).unwrap_or_default();
        if line.is_empty() {
            return Ok(None);
        }
        let end = line.iter().position(|byte| *byte == b'\n').map_or(line.len(), |end| end + 1);
        let digits = line.get(..40).and_then(|digits| HEXLOWER_PERMISSIVE.decode(digits).ok());
        let digest = digits.and_then(|bytes| bytes.try_into().ok());
        let is_whole = line
            .get(40..end)
            .is_some_and(|rest| rest.first().is_none_or(|byte| [b':', b'\r', b'\n'].contains(byte)));
        match digest.filter(|_| is_whole) {
            Some(digest) => Ok(Some(Line { digest, next: from + (begin + end) as u64 })),
            None => Err(io::Error::other("a line is no digest")),
        }
    }

    /// Whether a digest is in it.
    fn has(&self, wanted: &[u8; 20]) -> io::Result<bool> {
        let length = self.length()?;
        // Every line that begins before `low` is smaller than what is wanted, none that begins at `high` or behind it is.
        let (mut low, mut high) = (0, length);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.line(middle, length)? {
                Some(line) if line.digest == *wanted => return Ok(true),
                Some(line) if line.digest < *wanted => low = line.next,
                _ => high = middle,
            }
        }
        Ok(false)
    }
}

#[async_trait]
impl Breaches for BreachFile {
    async fn knows(&self, sha1: [u8; 20]) -> Result<bool, Denied> {
        let list = self.clone();
        let _place = self.0.readers.acquire().await.map_err(|_| Denied::too_slow())?;
        let looked = tokio::task::spawn_blocking(move || list.has(&sha1)).await;
        match looked {
            Ok(Ok(known)) => Ok(known),
            Ok(Err(error)) => {
                tracing::error!(%error, "the list of lost passwords cannot be read");
                Err(Denied::too_slow())
            }
            Err(_) => Err(Denied::too_slow()),
        }
    }
}

#[cfg(test)]
mod tests;
