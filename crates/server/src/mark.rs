//! How far a database on a server had come when this machine last saw it. One that has come less far since was put back from a copy, or has lost
//! its end: what was taken back since would be good again, and nobody would know.

use cloakroom_store::fault::Answer;
use cloakroom_store::stores::Stores;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const FIRST_WORD: &str = "cloakroom-mark/2";

/// The heads of all lanes, and whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The record of the first root key: another store has another one, a copy has the same.
    of: String,
    /// How many facts and how many events each lane had.
    lanes: BTreeMap<u32, (u64, u64)>,
}

fn path(beside: &Path) -> PathBuf {
    let mut name = beside.as_os_str().to_owned();
    // Not `.mark`: a database in a file has one of its own under that name.
    name.push(".seen");
    name.into()
}

impl Mark {
    /// Of a store as it is now; none of one in which nothing was begun.
    pub(crate) async fn of(stores: &Stores) -> Answer<Option<Self>> {
        let keys = stores.keys.of_purpose("root").await?;
        let Some(first) = keys.iter().min_by_key(|key| key.kid) else { return Ok(None) };
        let mut lanes = BTreeMap::<u32, (u64, u64)>::new();
        for (lane, facts) in stores.ledger.heads().await? {
            lanes.entry(lane.0).or_default().0 = facts;
        }
        for (lane, head) in stores.events.chains().await? {
            lanes.entry(lane.0).or_default().1 = head.seq;
        }
        Ok(Some(Self { of: first.id.to_string(), lanes }))
    }

    /// Whether it is of the same store and has not come as far.
    pub(crate) fn is_behind(&self, earlier: &Self) -> bool {
        let less = |(lane, (facts, events)): (&u32, &(u64, u64))| {
            let now = self.lanes.get(lane).copied().unwrap_or_default();
            now.0 < *facts || now.1 < *events
        };
        self.of == earlier.of && earlier.lanes.iter().any(less)
    }

    /// What was written down. One that cannot be read is an error, and not none.
    pub(crate) fn read(beside: &Path) -> io::Result<Option<Self>> {
        let text = match std::fs::read_to_string(path(beside)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        Self::parse(&text).map(Some).ok_or_else(|| ErrorKind::InvalidData.into())
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let of = lines.next()?.strip_prefix(FIRST_WORD)?.trim().to_owned();
        let mut lanes = BTreeMap::new();
        for line in lines {
            let numbers: Vec<u64> = line.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
            let [lane, facts, events] = numbers[..] else { return None };
            lanes.insert(u32::try_from(lane).ok()?, (facts, events));
        }
        Some(Self { of, lanes })
    }

    /// Writes it down, in one step.
    pub(crate) fn write(&self, beside: &Path) -> io::Result<()> {
        let mut text = format!("{FIRST_WORD} {}\n", self.of);
        for (lane, (facts, events)) in &self.lanes {
            text.push_str(&format!("{lane} {facts} {events}\n"));
        }
        let (path, mut new) = (path(beside), path(beside).into_os_string());
        new.push(".new");
        std::fs::write(&new, text)?;
        std::fs::rename(new, path)
    }

    /// What was written down counts no more: another store was accepted in its place.
    pub(crate) fn forget(beside: &Path) -> io::Result<()> {
        match std::fs::remove_file(path(beside)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

#[cfg(test)]
mod tests;
