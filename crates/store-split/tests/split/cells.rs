//! Cells in memory, that stop working when they are told to.

use async_trait::async_trait;
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::time::Time;
use cloakroom_store::cells::{Applied, Cell, CellChange, CellKey, Cells, Placing, Shelf};
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::Intent;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// What is in a cell, and who put it there.
type Value = Option<(Intent, Vec<u8>)>;
/// Who has claimed it, what it shall be, and since when.
type Claim = (Intent, Option<Vec<u8>>, Time);

#[derive(Debug, Clone, Default)]
pub(crate) struct Inside {
    cells: BTreeMap<CellKey, (Value, Option<Claim>)>,
    shelves: BTreeMap<(Shelf, Vec<u8>), Time>,
    lost_at: Option<Time>,
    broken: BTreeSet<CellKey>,
}

/// Shared by all who use it, each with a switch of their own.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryCells {
    inside: Arc<Mutex<Inside>>,
    pub(crate) is_down: Arc<AtomicBool>,
    /// It answers, and takes nothing more.
    pub(crate) is_full: Arc<AtomicBool>,
    /// How often it may be asked before it is gone for this user.
    left: Arc<AtomicI64>,
    clock: ManualClock,
}

impl MemoryCells {
    pub(crate) fn new(clock: &ManualClock) -> Self {
        Self { left: Arc::new(AtomicI64::new(i64::MAX)), clock: clock.clone(), ..Self::default() }
    }

    /// The same cells, for somebody who may ask so often.
    pub(crate) fn for_a_while(&self, left: i64) -> Self {
        Self { left: Arc::new(AtomicI64::new(left)), is_down: Arc::default(), ..self.clone() }
    }

    /// Whether whoever had them has come to the end of what they may ask.
    pub(crate) fn is_gone(&self) -> bool {
        self.left.load(Ordering::SeqCst) <= 0
    }

    pub(crate) fn copy(&self) -> Inside {
        self.inside.lock().clone()
    }

    /// Somebody else writes into a cell.
    pub(crate) fn break_cell(&self, key: CellKey) {
        self.inside.lock().broken.insert(key);
    }

    /// One cell is lost.
    pub(crate) fn lose_one(&self, key: &CellKey) {
        self.inside.lock().cells.remove(key);
    }

    /// One cell is what it was in an older copy.
    pub(crate) fn lose_one_to(&self, key: &CellKey, older: &Inside) {
        if let Some(cell) = older.cells.get(key) {
            self.inside.lock().cells.insert(key.clone(), cell.clone());
        }
    }

    /// An older copy is put back: what was written since is lost.
    pub(crate) fn lose(&self, older: &Inside, now: Time) {
        *self.inside.lock() = Inside { lost_at: Some(now), ..older.clone() };
    }

    pub(crate) fn claims(&self) -> usize {
        self.inside.lock().cells.values().filter(|(_, claim)| claim.is_some()).count()
    }

    fn has_room(&self) -> Answer<()> {
        match self.is_full.load(Ordering::SeqCst) {
            true => Err(Fault::of(FaultKind::Full)),
            false => Ok(()),
        }
    }

    fn ask<T>(&self, act: impl FnOnce(&mut Inside) -> T) -> Answer<T> {
        let gone = self.left.fetch_sub(1, Ordering::SeqCst) <= 0;
        if gone || self.is_down.load(Ordering::SeqCst) {
            return Err(Fault::of(FaultKind::Unavailable));
        }
        let mut inside = self.inside.lock();
        let answer = act(&mut inside);
        inside.cells.retain(|_, (value, claim)| value.is_some() || claim.is_some());
        Ok(answer)
    }
}

impl Inside {
    fn may_change(&mut self, change: &CellChange) -> bool {
        let (value, claim) = self.cells.entry(change.key.clone()).or_default();
        claim.is_none() && value.as_ref().map(|(revision, _)| *revision) == change.from
    }

    fn end(&mut self, intent: Intent, key: &CellKey, is_done: bool) -> Applied {
        let Some((value, claim)) = self.cells.get_mut(key) else { return Applied::Nothing };
        if claim.as_ref().is_some_and(|(by, ..)| *by == intent)
            && let Some((_, to, _)) = claim.take()
            && is_done
        {
            *value = to.map(|to| (intent, to));
        }
        match value {
            None => Applied::Nothing,
            Some((revision, _)) if *revision == intent => Applied::Done,
            Some(_) => Applied::Other,
        }
    }
}

#[async_trait]
impl Cells for MemoryCells {
    async fn read(&self, keys: &[CellKey]) -> Answer<Vec<Cell>> {
        self.ask(|inside| {
            let cell = |key| {
                let (value, claim) = inside.cells.get(key).cloned().unwrap_or_default();
                let (revision, value) = value.unzip();
                Cell {
                    revision,
                    value,
                    claim: claim.map(|(by, ..)| by),
                    is_broken: inside.broken.contains(key),
                }
            };
            keys.iter().map(cell).collect()
        })
    }

    async fn discard(&self, key: &CellKey) -> Answer<()> {
        self.ask(|inside| {
            if inside.broken.remove(key) {
                inside.cells.remove(key);
            }
        })
    }

    async fn claim(&self, intent: Intent, changes: &[CellChange]) -> Answer<bool> {
        // One by one, as they would be claimed in stores that lie apart.
        let now = self.clock.now();
        self.has_room()?;
        for change in changes {
            let claimed = self.ask(|inside| {
                let may = inside.may_change(change);
                if may && let Some((_, claim)) = inside.cells.get_mut(&change.key) {
                    *claim = Some((intent, change.to.clone(), now));
                }
                may
            })?;
            if !claimed {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn apply(&self, intent: Intent, keys: &[CellKey]) -> Answer<Vec<Applied>> {
        keys.iter().map(|key| self.ask(|inside| inside.end(intent, key, true))).collect()
    }

    async fn release(&self, intent: Intent, keys: &[CellKey]) -> Answer<()> {
        keys.iter().try_for_each(|key| self.ask(|inside| inside.end(intent, key, false)).map(drop))
    }

    async fn swap(&self, intent: Intent, change: &CellChange) -> Answer<bool> {
        self.has_room()?;
        self.ask(|inside| {
            let may = inside.may_change(change);
            if may && let Some((value, _)) = inside.cells.get_mut(&change.key) {
                *value = change.to.clone().map(|to| (intent, to));
            }
            may
        })
    }

    async fn abandoned(&self, before: Time, at_most: usize) -> Answer<Vec<(Intent, CellKey)>> {
        self.ask(|inside| {
            let old = |(key, (_, claim)): (&CellKey, &(_, Option<Claim>))| {
                claim.as_ref().filter(|(_, _, at)| *at < before).map(|(by, _, _)| (*by, key.clone()))
            };
            inside.cells.iter().filter_map(old).take(at_most).collect()
        })
    }

    async fn place(&self, placings: &[Placing]) -> Answer<()> {
        self.ask(|inside| {
            for Placing { shelf, name, ends } in placings.iter().cloned() {
                match ends {
                    Some(ends) => inside.shelves.insert((shelf, name), ends),
                    None => inside.shelves.remove(&(shelf, name)),
                };
            }
        })
    }

    async fn ended(&self, shelf: Shelf, by: Time, at_most: usize) -> Answer<Vec<Vec<u8>>> {
        self.ask(|inside| {
            let there = inside.shelves.iter().filter(|((on, _), ends)| *on == shelf && **ends <= by);
            let ended: BTreeSet<_> = there.map(|((_, name), ends)| (*ends, name.clone())).collect();
            ended.into_iter().take(at_most).map(|(_, name)| name).collect()
        })
    }

    async fn count(&self, shelf: Shelf) -> Answer<u64> {
        self.ask(|inside| inside.shelves.keys().filter(|(on, _)| *on == shelf).count() as u64)
    }

    async fn lost_at(&self) -> Answer<Option<Time>> {
        self.ask(|inside| inside.lost_at)
    }
}
