//! What a verb has read, and what it will change: nothing of it is done before it is committed.

use crate::front::Front;
use crate::halt::{Halt, Step};
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::cells::{Cell, CellChange, CellKey, Placing};
use cloakroom_store::directory::Change;
use cloakroom_store::ledger::Intent;
use std::collections::BTreeMap;

/// A cell as it was read, or as it shall be.
#[derive(Debug)]
struct Seen {
    revision: Option<Intent>,
    value: Option<Vec<u8>>,
    is_broken: bool,
    /// Whether it is claimed with the change, changed or not.
    is_held: bool,
    keep: Span,
}

/// A verb at work.
pub(crate) struct Draft<'a> {
    pub(crate) front: &'a Front,
    pub(crate) now: Time,
    cells: BTreeMap<CellKey, Seen>,
    /// Sessions of which the durable store was asked what it knows.
    pub(crate) believed: BTreeMap<SessionId, Generations>,
    pub(crate) trail: Trail,
    pub(crate) changed: Vec<SessionId>,
    pub(crate) placings: Vec<Placing>,
    /// What the durable store changes of a person with it.
    pub(crate) person: Option<Change>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(front: &'a Front) -> Self {
        Self {
            front,
            now: front.clock.now(),
            cells: BTreeMap::new(),
            believed: BTreeMap::new(),
            trail: Trail::none(),
            changed: Vec::new(),
            placings: Vec::new(),
            person: None,
        }
    }

    /// Reads what was not read yet, all of it at once.
    pub(crate) async fn fetch(&mut self, keys: Vec<CellKey>) -> Step<()> {
        let keys: Vec<_> = keys.into_iter().filter(|key| !self.cells.contains_key(key)).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let found = self.front.cells.read(&keys).await?;
        for (key, cell) in keys.into_iter().zip(found) {
            if let Some(intent) = cell.claim {
                return Err(Halt::Claimed(key, intent));
            }
            // Of who has what nothing is lost that was not lost already. A ticket is an outage: it may be somebody's.
            if cell.is_broken && !matches!(key, CellKey::Ticket(_)) {
                self.front.cells.discard(&key).await?;
                return Err(Halt::Again);
            }
            let Cell { revision, value, is_broken, .. } = cell;
            self.cells.insert(key, Seen { revision, value, is_broken, is_held: false, keep: Span::ZERO });
        }
        Ok(())
    }

    /// What is in a cell, with what this verb has changed of it.
    pub(crate) async fn read(&mut self, key: CellKey) -> Step<Option<Vec<u8>>> {
        self.fetch(vec![key.clone()]).await?;
        Ok(self.cells.get(&key).and_then(|seen| seen.value.clone()))
    }

    /// Whether there is something in a cell that was read which was not put there by us.
    pub(crate) fn is_broken(&self, key: &CellKey) -> bool {
        self.cells.get(key).is_some_and(|seen| seen.is_broken)
    }

    /// The change that made a cell that was read what it is.
    pub(crate) fn revision(&self, key: &CellKey) -> Option<Intent> {
        self.cells.get(key).and_then(|seen| seen.revision)
    }

    /// The next one who reads these asks the store again.
    pub(crate) fn drop_read(&mut self, keys: &[CellKey]) {
        self.cells.retain(|key, seen| seen.is_held || !keys.contains(key));
    }

    /// Nobody else changes this cell before the verb is done.
    pub(crate) async fn hold(&mut self, key: CellKey) -> Step<()> {
        self.fetch(vec![key.clone()]).await?;
        self.cells.entry(key).and_modify(|seen| seen.is_held = true);
        Ok(())
    }

    /// What a cell shall be, and how long that is needed.
    pub(crate) async fn put(&mut self, key: CellKey, value: Option<Vec<u8>>, keep: Span) -> Step<()> {
        self.fetch(vec![key.clone()]).await?;
        self.cells.entry(key).and_modify(|seen| {
            (seen.value, seen.is_held) = (value, true);
            seen.keep = seen.keep.max(keep);
        });
        Ok(())
    }

    pub(crate) fn leaves(&mut self, trail: &Trail) {
        self.trail.and(trail.clone());
    }

    /// What is claimed when it is committed.
    pub(crate) fn changes(&self) -> Vec<CellChange> {
        let held = self.cells.iter().filter(|(_, seen)| seen.is_held);
        held.map(|(key, seen)| CellChange {
            key: key.clone(),
            from: seen.revision,
            to: seen.value.clone(),
            keep: seen.keep,
        })
        .collect()
    }
}
