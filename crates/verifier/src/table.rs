//! The revocation table: for each key the lowest number that is still good.

use crate::slots::Slots;
use arc_swap::ArcSwap;
use cloakroom_crypto::prf::Prf;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::words::time::Time;
use core::sync::atomic::{AtomicU64, Ordering};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};

/// What the table says of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing denies it.
    Good,
    /// It is a copy from before a change: read it again.
    Stale,
    /// It was taken back.
    Denied,
}

#[derive(Debug, Default)]
struct Kept {
    numbers: BTreeMap<u64, (u64, Time)>,
    ends: BTreeSet<(Time, u64)>,
}

impl Kept {
    /// Joins a fact; answers the number that is known now.
    fn join(&mut self, tag: u64, at_least: u64, until: Time) -> u64 {
        let known = self.numbers.entry(tag).or_insert((0, Time::from_millis(i64::MIN)));
        self.ends.remove(&(known.1, tag));
        *known = (known.0.max(at_least), known.1.max(until));
        self.ends.insert((known.1, tag));
        known.0
    }
}

/// Facts, looked up without a lock. A key stands as 64 bits of a keyed hash: two keys that share them are denied
/// together, which happens once in 2^64 divided by the number of facts.
#[derive(Debug)]
pub struct Table {
    prf: Prf,
    slots: ArcSwap<Slots>,
    /// What the slots cannot say: until when each number must be kept. Held by the one writer at a time.
    kept: Mutex<Kept>,
    turn: AtomicU64,
}

impl Table {
    /// An empty table with a hash of its own.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Ok(Self {
            prf: Prf::draw(entropy)?,
            slots: ArcSwap::from_pointee(Slots::for_so_many(0)),
            kept: Mutex::default(),
            turn: AtomicU64::new(1),
        })
    }

    fn tag(&self, key: &FactKey) -> u64 {
        key.with_parts(|kind, id| self.prf.of_parts(&[&[kind], id]) as u64).max(1)
    }

    /// Takes facts in. When this returns, every later look-up knows them.
    pub fn learn<'a>(&self, facts: impl IntoIterator<Item = &'a KeptFact>) {
        let mut kept = self.kept.lock();
        let mut news = false;
        for KeptFact { fact, until } in facts {
            news = true;
            let tag = self.tag(&fact.key);
            let number = kept.join(tag, fact.at_least, *until);
            if kept.numbers.len() > self.slots.load().room() || self.slots.load().raise(tag, number).is_err()
            {
                self.rebuild(&kept);
            }
        }
        if news {
            // Whoever sees the new turn sees the facts that came with it.
            self.turn.fetch_add(1, Ordering::Release);
        }
    }

    fn rebuild(&self, kept: &Kept) {
        let slots = Slots::for_so_many(kept.numbers.len() * 2);
        let fits = kept.numbers.iter().all(|(tag, (number, _))| slots.raise(*tag, *number).is_ok());
        debug_assert!(fits, "twice the room is room enough");
        self.slots.store(slots.into());
    }

    /// Forgets facts whose time is over. Answers how many.
    pub fn forget(&self, now: Time) -> usize {
        self.forget_telling(now, |_| {})
    }

    /// The same, and tells the latest end of those that are over before they are gone.
    pub fn forget_telling(&self, now: Time, tell: impl FnOnce(Time)) -> usize {
        let mut kept = self.kept.lock();
        if let Some((last, _)) = kept.ends.range(..(now, 0)).next_back() {
            tell(*last);
        }
        let mut forgotten = 0;
        while let Some((until, tag)) = kept.ends.first().copied().filter(|(until, _)| *until < now) {
            kept.ends.remove(&(until, tag));
            kept.numbers.remove(&tag);
            forgotten += 1;
        }
        if forgotten > 0 {
            self.rebuild(&kept);
        }
        forgotten
    }

    /// How many facts are known.
    pub fn len(&self) -> usize {
        self.kept.lock().numbers.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lowest number that is still good, 0 if nothing is known.
    pub fn at_least(&self, key: &FactKey) -> u64 {
        self.slots.load().at_least(self.tag(key))
    }

    /// Rises whenever facts come in. What was found good at a turn is good while the turn is the same. Read it
    /// before looking up, not after.
    pub fn turn(&self) -> u64 {
        self.turn.load(Ordering::Acquire)
    }

    /// Looks a credential up by everything it depends on.
    pub fn find(&self, depended_on: impl IntoIterator<Item = (FactKey, u64)>) -> Finding {
        let slots = self.slots.load();
        let mut finding = Finding::Good;
        for (key, number) in depended_on {
            if slots.at_least(self.tag(&key)) > number {
                match key {
                    FactKey::Version(_) => finding = Finding::Stale,
                    _ => return Finding::Denied,
                }
            }
        }
        finding
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
