//! Who may still let in what was taken back: the other end of a promise that holds everywhere.

use super::said::{Heads, Incarnation};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::time::Span;
use std::collections::BTreeMap;

/// A verifier, for as long as its process lives: it comes back on another stream as the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FollowerId {
    /// By whose credential. Nobody speaks for the verifiers of another.
    pub service: ServiceId,
    /// What the process has drawn when it started.
    pub process: [u8; 16],
}

/// Where in the log a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of which truth.
    pub of: Incarnation,
    /// In which lane.
    pub lane: LaneId,
    /// At which number.
    pub head: u64,
}

/// Why a change does not hold everywhere yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// How many verifiers have not said that they know.
    pub verifiers: usize,
    /// Then the first of them stops believing what it knows, if nothing happens before.
    pub until: Span,
}

/// It would bear more than anybody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BearsTooMuch;

#[derive(Debug)]
struct Lease {
    since: Span,
    streams: u32,
    bears: Span,
    of: Option<Incarnation>,
    has: Heads,
    until: Span,
}

/// The verifiers of one authority, by its own clock.
#[derive(Debug)]
pub struct Barrier {
    began: Span,
    /// Whoever followed the process before this one has stopped believing then.
    settled: Span,
    bears_at_most: Span,
    leases: BTreeMap<FollowerId, Lease>,
}

/// No verifier bears more, and no authority waits longer for one.
pub const BORNE_AT_MOST: Span = Span::hours(1);

/// How many milliseconds that may last by another clock: they may go wrong by a quarter, both together.
#[must_use]
pub fn by_any_clock(bears: Span) -> i64 {
    bears.as_millis().saturating_add(bears.as_millis() / 4)
}

impl Barrier {
    /// Of an authority that has just started, whose verifiers bear no older knowledge than this.
    #[must_use]
    pub fn new(now: Span, bears_at_most: Span) -> Self {
        let settled = Span::millis(now.as_millis().saturating_add(by_any_clock(bears_at_most)));
        Self { began: now, settled, bears_at_most, leases: BTreeMap::new() }
    }

    /// A verifier follows, and lets nobody in by knowledge that is older than it bears.
    pub fn joins(&mut self, now: Span, follower: FollowerId, bears: Span) -> Result<(), BearsTooMuch> {
        self.forget(now);
        if bears > self.bears_at_most {
            // It may have followed one that was told to wait for so much, and believe it still.
            let settled = self.began.as_millis().saturating_add(by_any_clock(bears.min(BORNE_AT_MOST)));
            self.settled = self.settled.max(Span::millis(settled));
            return Err(BearsTooMuch);
        }
        let none = Lease {
            since: now,
            streams: 0,
            bears,
            of: None,
            has: Heads::new(),
            until: Span::millis(i64::MIN),
        };
        let lease = self.leases.entry(follower).or_insert(none);
        lease.streams = lease.streams.saturating_add(1);
        // One that says less than before has what it was given before.
        lease.bears = lease.bears.max(bears);
        Ok(())
    }

    /// One of its streams has ended. What it was told on it stays told.
    pub fn leaves(&mut self, follower: FollowerId) {
        if let Some(lease) = self.leases.get_mut(&follower) {
            lease.streams = lease.streams.saturating_sub(1);
        }
    }

    /// It asks for a proof, which will count from when it sent the question: not later than now. Say so before anything is read for it:
    /// what is committed from then on may not be in what it is told.
    pub fn asks(&mut self, now: Span, follower: FollowerId) {
        if let Some(lease) = self.leases.get_mut(&follower) {
            let until = now.as_millis().saturating_add(by_any_clock(lease.bears));
            lease.until = lease.until.max(Span::millis(until));
        }
    }

    /// It has taken in everything up to here.
    pub fn has(&mut self, follower: FollowerId, of: Incarnation, heads: &Heads) {
        if let Some(lease) = self.leases.get_mut(&follower) {
            if lease.of != Some(of) {
                (lease.of, lease.has) = (Some(of), Heads::new());
            }
            for (lane, head) in heads {
                let has = lease.has.entry(*lane).or_default();
                *has = (*has).max(*head);
            }
        }
    }

    /// Since when it follows, and up to where it has said that it has taken everything in, if it has said anything of this truth.
    #[must_use]
    pub fn has_said(&self, follower: FollowerId, of: Incarnation) -> Option<(Span, Option<&Heads>)> {
        let lease = self.leases.get(&follower)?;
        Some((lease.since, Some(&lease.has).filter(|_| lease.of == Some(of))))
    }

    /// How many verifiers follow, or may still believe what they knew.
    #[must_use]
    pub fn followers(&self, now: Span) -> usize {
        self.leases.values().filter(|lease| lease.streams > 0 || lease.until >= now).count()
    }

    fn forget(&mut self, now: Span) {
        self.leases.retain(|_, lease| lease.streams > 0 || lease.until >= now);
    }

    /// Whether those who followed the process before have stopped believing; or when they have.
    pub fn is_settled(&self, now: Span) -> Result<(), Behind> {
        if self.settled < now { Ok(()) } else { Err(Behind { verifiers: 0, until: self.settled }) }
    }

    /// Whether nobody lets in any more what was taken back there.
    pub fn holds_everywhere(&self, now: Span, place: Place) -> Result<(), Behind> {
        let knows = |lease: &&Lease| {
            lease.of == Some(place.of) && lease.has.get(&place.lane).is_some_and(|has| *has >= place.head)
        };
        // Whoever has stopped believing lets nobody in before it is answered what it asks from now on, and that covers it.
        let believing = self.leases.values().filter(|lease| lease.until >= now);
        let behind: Vec<Span> = believing.filter(|lease| !knows(lease)).map(|lease| lease.until).collect();
        let unsettled = self.is_settled(now).err().map(|behind| behind.until);
        match behind.iter().copied().chain(unsettled).min() {
            None => Ok(()),
            Some(until) => Err(Behind { verifiers: behind.len(), until }),
        }
    }
}

#[cfg(test)]
mod tests;
