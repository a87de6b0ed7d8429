//! Being told of a commit. A store calls its watchers after the commit and before the answer, on its own task:
//! a caller who goes away cannot come between a revocation and those who must refuse from then on.

use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Span;
use std::sync::{Arc, Weak};

/// What a commit changed.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Facts that were published.
    pub facts: &'a [KeptFact],
    /// Sessions whose record or tickets are other than before, or gone.
    pub sessions: &'a [SessionId],
}

/// Somebody who must know before the answer goes out. Must not block.
pub trait Watcher: Send + Sync {
    /// Called once for each commit, in commit order.
    fn committed(&self, change: Change<'_>);
}

/// Which commits the watchers of a process have been told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Of all, each before it was acknowledged: nobody else commits.
    OfAll,
    /// Of all that were acknowledged before this time since the machine started, and perhaps of later ones.
    UpTo(Span),
}

/// A store that can be watched.
pub trait Watch: Send + Sync {
    /// Adds a watcher. It is told of every later commit of this process before that is acknowledged, and of the facts that others publish,
    /// for as long as somebody holds it.
    fn watch(&self, watcher: &Arc<dyn Watcher>);

    /// How far they have been told.
    fn told(&self) -> Told {
        Told::OfAll
    }

    /// Which server is believed: another number whenever it may be another one, which may not have the end of what the one before had, and gives
    /// out its numbers once more.
    fn era(&self) -> u64 {
        0
    }
}

/// The watchers of a store.
#[derive(Default)]
pub struct Watchers(parking_lot::RwLock<Vec<Weak<dyn Watcher>>>);

impl core::fmt::Debug for Watchers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Watchers({})", self.0.read().len())
    }
}

impl Watchers {
    /// Adds one, and lets go of those that nobody holds any more.
    pub fn add(&self, watcher: &Arc<dyn Watcher>) {
        let mut watchers = self.0.write();
        watchers.retain(|watcher| watcher.strong_count() > 0);
        watchers.push(Arc::downgrade(watcher));
    }

    /// Tells all of them, if there is anything to tell.
    pub fn tell(&self, change: Change<'_>) {
        if !(change.facts.is_empty() && change.sessions.is_empty()) {
            self.0.read().iter().filter_map(Weak::upgrade).for_each(|watcher| watcher.committed(change));
        }
    }
}
