//! The revocation table: for each key the lowest number that is still good.

use crate::slots::Slots;
use arc_swap::ArcSwap;
use cloakroom_crypto::prf::Prf;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::words::time::Time;
use core::sync::atomic::{AtomicU64, Ordering};
use parking_lot::Mutex;

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

/// What the slots cannot say: how many are taken, and until when each number must be kept. Held by the one writer at a time.
#[derive(Debug)]
struct Kept {
    len: usize,
    /// Slot by slot.
    until: Vec<Time>,
}

/// No fact is over earlier.
const NEVER_KEPT: Time = Time::from_millis(i64::MIN);

impl Kept {
    fn beside(slots: &Slots) -> Self {
        Self { len: 0, until: vec![NEVER_KEPT; slots.len()] }
    }

    /// Joins a fact to what stands in the slots.
    fn join(&mut self, slots: &Slots, tag: u64, at_least: u64, until: Time) {
        let Ok(raised) = slots.raise(tag, at_least) else {
            debug_assert!(false, "half of the slots are empty");
            return;
        };
        self.len += usize::from(raised.is_new);
        if let Some(known) = self.until.get_mut(raised.at) {
            *known = until.max(*known);
        }
    }
}

/// Facts, looked up without a lock. A key stands as 64 bits of a keyed hash: two keys that share them are denied
/// together, which happens once in 2^64 divided by the number of facts.
#[derive(Debug)]
pub struct Table {
    prf: Prf,
    slots: ArcSwap<Slots>,
    kept: Mutex<Kept>,
    turn: AtomicU64,
}

impl Table {
    /// An empty table with a hash of its own.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        Prf::draw(entropy).map(Self::by)
    }

    /// An empty table with this hash.
    #[must_use]
    pub fn by(prf: Prf) -> Self {
        let slots = Slots::for_so_many(0);
        Self {
            prf,
            kept: Mutex::new(Kept::beside(&slots)),
            slots: ArcSwap::from_pointee(slots),
            turn: AtomicU64::new(1),
        }
    }

    /// Everything in it: tags, numbers, and until when each is kept. Only a table with the same hash can make something of it.
    #[must_use]
    pub fn contents(&self) -> Vec<(u64, u64, Time)> {
        let kept = self.kept.lock();
        let slots = self.slots.load();
        let all = slots.all().zip(&kept.until);
        all.filter_map(|(slot, until)| slot.map(|(tag, number)| (tag, number, *until))).collect()
    }

    /// Joins what another table with the same hash has held.
    pub fn put_back(&self, contents: impl IntoIterator<Item = (u64, u64, Time)>) {
        let mut kept = self.kept.lock();
        for (tag, number, until) in contents {
            self.join(&mut kept, tag.max(1), number, until);
        }
        self.turn.fetch_add(1, Ordering::Release);
    }

    fn join(&self, kept: &mut Kept, tag: u64, number: u64, until: Time) {
        let slots = self.slots.load();
        kept.join(&slots, tag, number, until);
        if kept.len > slots.room() {
            self.rebuild(kept, |_| true);
        }
    }

    fn tag(&self, key: &FactKey) -> u64 {
        key.with_parts(|kind, id| self.prf.of_parts(&[&[kind], id]) as u64).max(1)
    }

    /// Takes facts in. When this returns, every later look-up knows them.
    pub fn learn<'a>(&self, facts: impl IntoIterator<Item = &'a KeptFact>) {
        self.learn_until(facts, |kept| kept.until);
    }

    /// The same where each is kept for another time than it says.
    pub fn learn_until<'a>(
        &self,
        facts: impl IntoIterator<Item = &'a KeptFact>,
        until: impl Fn(&KeptFact) -> Time,
    ) {
        let mut kept = self.kept.lock();
        let mut news = false;
        for fact in facts {
            news = true;
            self.join(&mut kept, self.tag(&fact.fact.key), fact.fact.at_least, until(fact));
        }
        if news {
            // Whoever sees the new turn sees the facts that came with it.
            self.turn.fetch_add(1, Ordering::Release);
        }
    }

    /// Other slots, with those facts that stay.
    fn rebuild(&self, kept: &mut Kept, stays: impl Fn(Time) -> bool) {
        let old = self.slots.load_full();
        let staying = old.all().zip(&kept.until).filter_map(|(slot, until)| Some((slot?, *until)));
        let staying = staying.filter(|(_, until)| stays(*until));
        let slots = Slots::for_so_many(staying.clone().count());
        let mut others = Kept::beside(&slots);
        staying.for_each(|((tag, number), until)| others.join(&slots, tag, number, until));
        *kept = others;
        self.slots.store(slots.into());
    }

    /// Keeps every fact until then, if not for longer.
    pub fn keep_until(&self, at_least: Time) {
        let mut kept = self.kept.lock();
        kept.until
            .iter_mut()
            .filter(|until| **until > NEVER_KEPT)
            .for_each(|until| *until = at_least.max(*until));
    }

    /// Forgets facts whose time is over. Answers how many.
    pub fn forget(&self, now: Time) -> usize {
        self.forget_telling(now, |_| {})
    }

    /// The same, and tells the latest end of those that are over before they are gone.
    pub fn forget_telling(&self, now: Time, tell: impl FnOnce(Time)) -> usize {
        let mut kept = self.kept.lock();
        let is_over = |until: Time| until < now;
        let ends = kept.until.iter().copied().filter(|until| *until > NEVER_KEPT && is_over(*until));
        let Some(last) = ends.max() else { return 0 };
        tell(last);
        let before = kept.len;
        self.rebuild(&mut kept, |until| !is_over(until));
        before - kept.len
    }

    /// How many facts are known.
    pub fn len(&self) -> usize {
        self.kept.lock().len
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
