//! The slots of a table: 16 bytes each, open addressing, one writer, readers that never wait.

#[cfg(not(feature = "shuttle"))]
use core::sync::atomic::{AtomicU64, Ordering};
#[cfg(feature = "shuttle")]
use shuttle::sync::atomic::{AtomicU64, Ordering};

/// No key has this tag; a key that would gets the next one.
const EMPTY: u64 = 0;

#[derive(Debug)]
struct Slot {
    tag: AtomicU64,
    at_least: AtomicU64,
}

/// A fixed number of slots, a power of two, never more than half full.
#[derive(Debug)]
pub(crate) struct Slots(Vec<Slot>);

/// Where a tag stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) at: usize,
    pub(crate) is_new: bool,
}

/// There is no room for another tag.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Slots {
    pub(crate) fn for_so_many(tags: usize) -> Self {
        let count = (tags * 2).next_power_of_two().max(64);
        Self((0..count).map(|_| Slot { tag: AtomicU64::new(EMPTY), at_least: AtomicU64::new(0) }).collect())
    }

    pub(crate) fn room(&self) -> usize {
        self.0.len() / 2
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Every slot, with its tag and number if it has one. For the one writer.
    pub(crate) fn all(&self) -> impl Iterator<Item = Option<(u64, u64)>> + Clone {
        self.0.iter().map(|slot| {
            let tag = slot.tag.load(Ordering::Relaxed);
            (tag != EMPTY).then(|| (tag, slot.at_least.load(Ordering::Relaxed)))
        })
    }

    fn along(&self, tag: u64) -> impl Iterator<Item = (usize, &Slot)> {
        let (count, start) = (self.0.len(), tag as usize);
        let at = move |step: usize| start.wrapping_add(step) & (count - 1);
        (0..count).filter_map(move |step| self.0.get(at(step)).map(|slot| (at(step), slot)))
    }

    /// The number of a tag, 0 if there is none.
    pub(crate) fn at_least(&self, tag: u64) -> u64 {
        for (_, slot) in self.along(tag) {
            match slot.tag.load(Ordering::Acquire) {
                EMPTY => return 0,
                found if found == tag => return slot.at_least.load(Ordering::Acquire),
                _ => {}
            }
        }
        0
    }

    /// Raises the number of a tag. Only the one writer calls this: the value stands before the tag shows it.
    pub(crate) fn raise(&self, tag: u64, at_least: u64) -> Result<Raised, Full> {
        for (at, slot) in self.along(tag) {
            match slot.tag.load(Ordering::Relaxed) {
                EMPTY => {
                    slot.at_least.store(at_least, Ordering::Relaxed);
                    slot.tag.store(tag, Ordering::Release);
                    return Ok(Raised { at, is_new: true });
                }
                found if found == tag => {
                    slot.at_least.fetch_max(at_least, Ordering::AcqRel);
                    return Ok(Raised { at, is_new: false });
                }
                _ => {}
            }
        }
        Err(Full)
    }
}

#[cfg(test)]
mod tests;
