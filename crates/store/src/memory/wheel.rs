//! A timing wheel: what is due is found in a time that grows with what is due, not with what is waiting.
//! Sliding costs nothing: an entry whose time has moved on is put back when its old time comes.

use cloakroom_model::words::time::Time;
use std::collections::VecDeque;

/// 64 slots a level; a slot of level n is 64^n ticks. Five levels of one-second ticks reach 34 years.
const SLOTS: u64 = 64;
const LEVELS: u32 = 5;
const TICK_MILLIS: i64 = 1_000;
/// How many entries one call may move from a higher level to lower ones: a bound on its pause.
const MOVES: usize = 512;
/// How many ticks one call may turn.
const TICKS: usize = 4_096;

/// Values by the time they fall due, to the second, never early.
#[derive(Debug)]
pub struct Wheel<T> {
    /// All ticks up to this one have been turned.
    turned: u64,
    slots: Vec<Vec<(u64, T)>>,
    /// Entries of slots whose time has come, on their way to lower levels.
    moving: Vec<Vec<(u64, T)>>,
    due: VecDeque<T>,
    waiting: usize,
}

fn tick_after(at: Time) -> u64 {
    u64::try_from(at.millis() / TICK_MILLIS).map_or(0, |tick| tick + 1)
}

fn tick_at(now: Time) -> u64 {
    u64::try_from(now.millis() / TICK_MILLIS).unwrap_or_default()
}

impl<T> Wheel<T> {
    /// A wheel that starts turning at `now`.
    #[must_use]
    pub fn starting(now: Time) -> Self {
        let slots = (0..u64::from(LEVELS) * SLOTS).map(|_| Vec::new()).collect();
        Self { turned: tick_after(now), slots, moving: Vec::new(), due: VecDeque::new(), waiting: 0 }
    }

    /// How many values are waiting or due.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting + self.moving.iter().map(Vec::len).sum::<usize>() + self.due.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts a value in, to be found once `at` has passed.
    pub fn put(&mut self, at: Time, value: T) {
        self.put_at(tick_after(at), value);
    }

    fn put_at(&mut self, tick: u64, value: T) {
        if tick <= self.turned {
            return self.due.push_back(value);
        }
        let reach = SLOTS.pow(LEVELS) - 1;
        let tick = tick.min(self.turned + reach);
        let level = (tick ^ self.turned).checked_ilog2().map_or(0, |bit| bit / 6).min(LEVELS - 1);
        let slot = u64::from(level) * SLOTS + (tick >> (6 * level)) % SLOTS;
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            slot.push((tick, value));
            self.waiting += 1;
        }
    }

    /// Values whose time has passed, at most so many. One call does a bounded amount of work; whoever wants all
    /// calls until [`Self::caught_up`].
    pub fn due(&mut self, now: Time, at_most: usize) -> Vec<T> {
        let target = tick_at(now);
        let (mut moves, mut ticks) = (MOVES, TICKS);
        while self.due.len() < at_most
            && moves > 0
            && ticks > 0
            && (self.turned < target || !self.moving.is_empty())
        {
            match self.moving.last_mut().map(Vec::pop) {
                Some(Some((tick, value))) => {
                    moves -= 1;
                    self.put_at(tick, value);
                }
                Some(None) => drop(self.moving.pop()),
                None if self.waiting == 0 => self.turned = target,
                None => {
                    ticks -= 1;
                    self.turn();
                }
            }
        }
        let ready = self.due.len().min(at_most);
        self.due.drain(..ready).collect()
    }

    /// Whether nothing that is due by now is left.
    #[must_use]
    pub fn caught_up(&self, now: Time) -> bool {
        self.due.is_empty() && self.moving.is_empty() && self.turned >= tick_at(now)
    }

    /// One tick: its slots, on every level that turns with it, begin to move down.
    fn turn(&mut self) {
        self.turned += 1;
        for level in (0..LEVELS).filter(|level| self.turned.is_multiple_of(SLOTS.pow(*level))) {
            let slot = u64::from(level) * SLOTS + (self.turned >> (6 * level)) % SLOTS;
            if let Some(slot) = self.slots.get_mut(slot as usize) {
                self.waiting -= slot.len();
                if !slot.is_empty() {
                    self.moving.push(core::mem::take(slot));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
