//! What the memory store knows beside the sessions themselves: facts, the chain of events, keys, and who has
//! which sessions.

use super::people::People;
use crate::guarantees::EventsKept;
use crate::ledger::Intent;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::event::Event;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::key::KeyRecord;
use cloakroom_model::records::session::{Generations, Row};
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The one lane of a store in memory.
pub(super) const LANE: LaneId = LaneId(1);
/// How many events are kept.
pub(super) const EVENTS_KEPT: EventsKept = EventsKept::Last(MOST_EVENTS);
const MOST_EVENTS: usize = 10_000;
/// How many signed heads are kept.
const MOST_CHECKPOINTS: usize = 1_000;

/// Trees, not hash tables: they grow without a pause and give memory back.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) signed_in: usize,
    pub(super) tickets: BTreeMap<SessionId, LookUp>,
    pub(super) of_subject: BTreeMap<SubjectId, BTreeSet<SessionId>>,
    pub(super) children: BTreeMap<SessionId, BTreeSet<SessionId>>,
    pub(super) old_tickets: BTreeMap<SessionId, VecDeque<LookUp>>,
    pub(super) families: BTreeMap<FamilyId, Family>,
    pub(super) families_of: BTreeMap<SessionId, BTreeSet<FamilyId>>,
    pub(super) keys: BTreeMap<[u8; 16], KeyRecord>,
    pub(super) people: People,
    pub(super) chain: ChainHead,
    pub(super) links: VecDeque<Link>,
    pub(super) checkpoints: VecDeque<SignedHead>,
    facts: BTreeMap<FactKey, (u64, KeptFact)>,
    fact_order: BTreeMap<u64, FactKey>,
    fact_ends: BTreeSet<(Time, u64)>,
    fact_head: u64,
    /// What became of changes that are spread over two stores, and until when that is remembered.
    intents: BTreeMap<Intent, (bool, Time)>,
    intent_ends: BTreeSet<(Time, Intent)>,
}

fn strike_from<K: Ord>(lists: &mut BTreeMap<K, BTreeSet<SessionId>>, of: &K, session: SessionId) {
    if let Some(list) = lists.get_mut(of) {
        list.remove(&session);
        if list.is_empty() {
            lists.remove(of);
        }
    }
}

impl Book {
    pub(super) fn generations(&self, subject: Option<&SubjectId>) -> Generations {
        let user = subject.and_then(|subject| self.at_least(&FactKey::User(subject.clone())));
        let epoch = self.at_least(&FactKey::Epoch);
        Generations { user: user.unwrap_or_default(), epoch: epoch.unwrap_or_default() }
    }

    /// A session in every list it belongs in.
    pub(super) fn list(&mut self, row: &Row) {
        let session = &row.session;
        self.tickets.insert(session.id, row.look_up);
        if let Some(subject) = &session.subject {
            self.signed_in += 1;
            self.of_subject.entry(subject.clone()).or_default().insert(session.id);
        }
        if let Some(parent) = session.parent {
            self.children.entry(parent).or_default().insert(session.id);
        }
    }

    pub(super) fn begin(&mut self, family: Family) {
        self.families_of.entry(family.session).or_default().insert(family.id);
        self.families.insert(family.id, family);
    }

    pub(super) fn end_families(&mut self, session: SessionId) {
        for family in self.families_of.remove(&session).unwrap_or_default() {
            self.families.remove(&family);
        }
    }

    /// The inverse of [`Self::list`].
    pub(super) fn strike(&mut self, row: &Row) {
        let session = &row.session;
        self.tickets.remove(&session.id);
        if let Some(subject) = &session.subject {
            self.signed_in = self.signed_in.saturating_sub(1);
            strike_from(&mut self.of_subject, subject, session.id);
        }
        if let Some(parent) = &session.parent {
            strike_from(&mut self.children, parent, session.id);
        }
    }

    pub(super) fn anonymous(&self) -> usize {
        self.tickets.len().saturating_sub(self.signed_in)
    }

    pub(super) fn at_least(&self, key: &FactKey) -> Option<u64> {
        self.facts.get(key).map(|(_, kept)| kept.fact.at_least)
    }

    pub(super) const fn fact_head(&self) -> u64 {
        self.fact_head
    }

    pub(super) fn facts_after(&self, after: u64) -> impl Iterator<Item = (u64, &KeptFact)> {
        self.fact_order
            .range(after.saturating_add(1)..)
            .filter_map(|(seq, key)| Some((*seq, &self.facts.get(key)?.1)))
    }

    /// Commits a trail: facts join what is known, events go to the end of the chain.
    pub(super) fn commit(&mut self, trail: &Trail) -> Receipt {
        trail.facts.iter().for_each(|kept| self.join(kept));
        trail.events.iter().for_each(|event| self.append(event.clone()));
        Receipt { lane: LANE, head: self.fact_head, facts: trail.facts.clone() }
    }

    fn join(&mut self, new: &KeptFact) {
        let mut kept = new.clone();
        if let Some((seq, old)) = self.facts.get(&new.fact.key) {
            kept.until = kept.until.max(old.until);
            kept.fact.at_least = kept.fact.at_least.max(old.fact.at_least);
            if kept == *old {
                return;
            }
            self.fact_order.remove(seq);
            self.fact_ends.remove(&(old.until, *seq));
        }
        self.fact_head += 1;
        self.fact_order.insert(self.fact_head, kept.fact.key.clone());
        self.fact_ends.insert((kept.until, self.fact_head));
        self.facts.insert(kept.fact.key.clone(), (self.fact_head, kept));
    }

    fn append(&mut self, event: Event) {
        let link = self.chain.link(LANE, event);
        self.chain = link.head();
        self.links.push_back(link);
        if self.links.len() > MOST_EVENTS {
            self.links.pop_front();
        }
    }

    pub(super) fn checkpoint(&mut self, head: SignedHead) {
        self.checkpoints.push_back(head);
        if self.checkpoints.len() > MOST_CHECKPOINTS {
            self.checkpoints.pop_front();
        }
    }

    /// Decides what becomes of a change, unless that was decided before.
    pub(super) fn decide(&mut self, intent: Intent, is_done: bool, now: Time) -> bool {
        if let Some((decided, _)) = self.intents.get(&intent) {
            return *decided;
        }
        let kept_until = now.plus(Intent::KEPT);
        self.intents.insert(intent, (is_done, kept_until));
        self.intent_ends.insert((kept_until, intent));
        is_done
    }

    /// Nothing was done after all.
    pub(super) fn undecide(&mut self, intent: Intent) {
        if let Some((_, kept_until)) = self.intents.remove(&intent) {
            self.intent_ends.remove(&(kept_until, intent));
        }
    }

    /// Forgets facts that deny nothing any more, the first to end first.
    pub(super) fn forget(&mut self, now: Time, at_most: usize) -> usize {
        while let Some(end) = self.intent_ends.first().copied().filter(|(until, _)| *until < now) {
            self.intent_ends.remove(&end);
            self.intents.remove(&end.1);
        }
        let over: Vec<_> =
            self.fact_ends.iter().take_while(|(until, _)| *until < now).take(at_most).copied().collect();
        for end in &over {
            self.fact_ends.remove(end);
            if let Some(key) = self.fact_order.remove(&end.1) {
                self.facts.remove(&key);
            }
        }
        over.len()
    }
}
