//! The whole of the memory store, and the steps its verbs are made of.

use super::book::{Book, EVENTS_KEPT};
use super::shards::{OldTicket, Shards};
use super::wheel::Wheel;
use crate::guarantees::{Durability, Guarantees, Truth};
use crate::neighbours::Neighbours;
use crate::sessions::{Closing, Loaded, When};
use crate::stores::Stores;
use crate::watch::{Change, Watch, Watcher, Watchers};
use cloakroom_model::ports::Clock;
use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::records::session::{Row, Session, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use parking_lot::{RwLock, RwLockWriteGuard};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many superseded tickets of one session are remembered to notice two holders.
pub(super) const MOST_OLD_TICKETS: usize = 16;

/// The furthest ahead a session waits on the wheel: what was closed early leaves it that soon.
const LOOK_AHEAD: Span = Span::hours(1);

/// How much the memory store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Signed-in sessions. Beyond it nobody is evicted: the next sign-in is refused with an outage.
    pub signed_in: usize,
    /// Anonymous sessions. Beyond it the oldest that was not used since makes room.
    pub anonymous: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { signed_in: 20_000_000, anonymous: 100_000 }
    }
}

/// Sessions, facts, events and keys in memory.
#[derive(Debug)]
pub struct MemoryStore {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) limits: Limits,
    pub(super) shards: Shards,
    pub(super) book: RwLock<Book>,
    pub(super) waiting: RwLock<Waiting>,
    pub(super) watchers: Watchers,
}

/// Who is waiting: for expiry, and for their turn to make room. Locked after the book, never before it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) expiry: Wheel<SessionId>,
    pub(super) anonymous: VecDeque<(SessionId, Time)>,
}

impl Waiting {
    pub(super) fn expect(&mut self, session: SessionId, expires: Time, now: Time) {
        self.expiry.put(expires.min(now.plus(LOOK_AHEAD)), session);
    }
}

/// A verb under way: the book is locked, and what it changes is gathered for the watchers.
pub(super) struct Verb<'a> {
    pub(super) store: &'a MemoryStore,
    pub(super) book: RwLockWriteGuard<'a, Book>,
    pub(super) now: Time,
    changed: Vec<SessionId>,
    facts: Vec<KeptFact>,
}

impl MemoryStore {
    /// An empty store on this clock.
    #[must_use]
    pub fn open(clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let waiting = Waiting { expiry: Wheel::starting(clock.now()), anonymous: VecDeque::new() };
        Self {
            clock,
            limits,
            shards: Shards::default(),
            book: RwLock::default(),
            waiting: RwLock::new(waiting),
            watchers: Watchers::default(),
        }
    }

    /// The store as the traits it offers.
    #[must_use]
    pub fn into_stores(self) -> Stores {
        let guarantees = Guarantees {
            durability: Durability::Process,
            truth: Truth::ClassA,
            events: EVENTS_KEPT,
            anonymous: Some(self.limits.anonymous),
            people: true,
        };
        Stores::of(Arc::new(self), guarantees)
    }

    pub(super) fn verb(&self) -> Verb<'_> {
        let book = self.book.write();
        Verb { store: self, now: self.clock.now(), book, changed: Vec::new(), facts: Vec::new() }
    }

    pub(super) fn loaded(&self, row: Row, standing: Standing, book: &Book) -> Loaded {
        let pending =
            |look_up: &&LookUp| self.shards.old(look_up).is_some_and(|old| old.is_offer_to(&row.session));
        let old = book.old_tickets.get(&row.session.id);
        Loaded {
            pending: old.map_or(0, |old| old.iter().filter(pending).count() as u32),
            truth: book.generations(row.session.subject.as_ref()),
            standing,
            row,
        }
    }
}

impl OldTicket {
    /// Whether it would begin the session's next round. One left over from the round that has begun is good too,
    /// but is no offer any more.
    pub(super) fn is_offer_to(&self, session: &Session) -> bool {
        self.standing == Standing::Pending && self.round > session.ticket
    }
}

/// There are none.
impl Neighbours for MemoryStore {}

impl Watch for MemoryStore {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.watchers.add(watcher);
    }
}

impl Verb<'_> {
    pub(super) fn row(&self, session: SessionId) -> Option<Row> {
        self.store.shards.row(self.book.tickets.get(&session)?)
    }

    /// A session that can still be written to.
    pub(super) fn live(&self, session: SessionId) -> Option<Row> {
        let row = self.row(session)?;
        let truth = self.book.generations(row.session.subject.as_ref());
        let dead = row.session.expires() <= self.now || row.session.generations.superseded_by(truth);
        (!dead).then_some(row)
    }

    /// A new session in all its indexes.
    pub(super) fn insert(&mut self, row: Row) {
        let session = &row.session;
        self.changed.push(session.id);
        self.book.list(&row);
        let mut waiting = self.store.waiting.write();
        waiting.expect(session.id, session.expires(), self.now);
        if session.subject.is_none() {
            waiting.anonymous.push_back((session.id, session.last_seen));
            if waiting.anonymous.len() > 2 * self.store.limits.anonymous + 1_024 {
                waiting.anonymous.retain(|(session, _)| self.book.tickets.contains_key(session));
            }
        }
        drop(waiting);
        self.store.shards.put(row);
    }

    /// Another record, perhaps under another ticket, in place of `old`.
    pub(super) fn replace(&mut self, old: &Row, mut new: Row) {
        new.session.last_seen = new.session.last_seen.max(old.session.last_seen);
        self.changed.push(old.session.id);
        if old.look_up != new.look_up {
            self.store.shards.take(&old.look_up, old.session.id);
        }
        self.book.strike(old);
        self.book.list(&new);
        self.store.shards.put(new);
    }

    pub(super) fn forget_old_tickets(&mut self, session: SessionId) {
        for look_up in self.book.old_tickets.remove(&session).unwrap_or_default() {
            self.store.shards.take_old(&look_up);
        }
    }

    pub(super) fn remember_old_ticket(&mut self, look_up: LookUp, old: OldTicket) {
        self.changed.push(old.session);
        self.store.shards.put_old(look_up, old);
        let tickets = self.book.old_tickets.entry(old.session).or_default();
        tickets.retain(|other| *other != look_up);
        tickets.push_back(look_up);
        let dropped = (tickets.len() > MOST_OLD_TICKETS).then(|| tickets.pop_front()).flatten();
        if let Some(dropped) = dropped {
            self.store.shards.take_old(&dropped);
        }
    }

    /// Takes a session and those that hang from it out of everything.
    pub(super) fn remove(&mut self, session: SessionId) -> bool {
        let Some(row) = self.row(session) else { return false };
        for child in self.book.children.remove(&session).unwrap_or_default() {
            self.remove(child);
        }
        self.changed.push(session);
        self.forget_old_tickets(session);
        self.book.end_families(session);
        self.store.shards.take(&row.look_up, session);
        self.book.strike(&row);
        true
    }

    pub(super) fn may_close(&self, one: &Closing) -> bool {
        let is = |condition: &dyn Fn(&Row) -> bool| self.row(one.session).as_ref().is_some_and(condition);
        match one.when {
            When::Always => true,
            When::Expired => is(&|row| row.session.expires() <= self.now),
            When::Unchanged(version) => is(&|row| row.session.version == version),
        }
    }

    /// Ends sessions, each with its trail if it was there. Answers which were.
    pub(super) fn close_all(&mut self, closing: &[Closing]) -> Vec<SessionId> {
        let mut closed = Vec::new();
        for one in closing {
            if self.may_close(one) && self.remove(one.session) {
                self.commit(&one.trail);
                closed.push(one.session);
            }
        }
        closed
    }

    pub(super) fn commit(&mut self, trail: &Trail) -> Receipt {
        let receipt = self.book.commit(trail);
        self.facts.extend_from_slice(&receipt.facts);
        receipt
    }

    /// Everything is in place: tell the watchers, let others in, answer.
    pub(super) fn done(mut self, trail: &Trail) -> Receipt {
        let receipt = self.commit(trail);
        let facts = core::mem::take(&mut self.facts);
        self.store.watchers.tell(Change { facts: &facts, sessions: &self.changed });
        Receipt { facts, ..receipt }
    }
}
