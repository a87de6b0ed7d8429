//! Places for connections: so many, and so many from one address.

use core::net::IpAddr;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug)]
struct Taken {
    all: usize,
    of: BTreeMap<IpAddr, usize>,
}

/// The places.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    taken: Arc<Mutex<Taken>>,
    at_most: usize,
    of_one: usize,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    taken: Arc<Mutex<Taken>>,
    counted: Option<IpAddr>,
}

impl Slots {
    pub(super) fn new(at_most: usize, of_one: usize) -> Self {
        Self { taken: Arc::new(Mutex::new(Taken { all: 0, of: BTreeMap::new() })), at_most, of_one }
    }

    /// A place for a connection, if there is one. `counts`: whether it is one of those of its address.
    pub(super) fn take(&self, address: IpAddr, counts: bool) -> Option<Slot> {
        let mut taken = self.taken.lock();
        if taken.all >= self.at_most {
            return None;
        }
        if counts {
            let of = taken.of.entry(address).or_default();
            if *of >= self.of_one {
                return None;
            }
            *of += 1;
        }
        taken.all += 1;
        Some(Slot { taken: self.taken.clone(), counted: counts.then_some(address) })
    }

    /// How many are taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.lock().all
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(address) = self.counted {
            let left = taken.of.get(&address).map_or(0, |of| of.saturating_sub(1));
            if left == 0 {
                taken.of.remove(&address);
            } else {
                taken.of.insert(address, left);
            }
        }
    }
}

#[cfg(test)]
mod tests;
