//! The truth of a world: a log of two lanes, what it denies, and what a read of it finds.

use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::{ClientId, SessionId};
use cloakroom_model::words::time::Time;
use cloakroom_rules::feed::barrier::Place;
use cloakroom_rules::feed::relay::Read;
use cloakroom_rules::feed::said::{Heads, Incarnation, Part};
use std::collections::BTreeMap;

pub(crate) const LANES: u32 = 2;
/// How many facts of a lane a read finds at most: few, so that a backlog is many pages.
const PAGE: usize = 2;
/// How many clients the sessions belong to.
const CLIENTS: u8 = 3;

/// What somebody comes with: a session, and the generation of its client when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Credential {
    pub(crate) session: u8,
    pub(crate) generation: u64,
}

impl Credential {
    /// What it depends on.
    pub(crate) fn depended_on(self) -> [(FactKey, u64); 2] {
        [(session(self.session), 0), (client_of(self.session), self.generation)]
    }
}

pub(crate) fn session(number: u8) -> FactKey {
    FactKey::Session(SessionId::from_bytes([number; 16]))
}

pub(crate) fn client_of(session: u8) -> FactKey {
    FactKey::Client(ClientId::from_bytes([session % CLIENTS; 16]))
}

/// What was acknowledged, in the order of the log.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) at: i64,
    pub(crate) place: Place,
    pub(crate) fact: Fact,
    /// A failover has lost it: the class of the store says that this may happen, and nothing is promised of it.
    pub(crate) is_lost: bool,
    /// When an authority said that it held everywhere.
    pub(crate) held: Option<i64>,
}

/// What was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To hold this.
    Commit(Fact),
    /// By a verifier, for what it holds after some numbers.
    Read {
        /// Which verifier.
        verifier: usize,
        /// The numbers.
        after: Heads,
    },
}

#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) of: Incarnation,
    pub(crate) log: Vec<Committed>,
    /// When it cannot be read.
    pub(crate) outages: Vec<(i64, i64)>,
    /// When a primary answers that is none any more.
    pub(crate) deposed: (i64, i64),
}

impl Truth {
    pub(crate) const fn new() -> Self {
        Self { of: Incarnation([0; 16]), log: Vec::new(), outages: Vec::new(), deposed: (0, 0) }
    }

    fn lane(&self, lane: LaneId, at: i64) -> impl DoubleEndedIterator<Item = &Committed> {
        self.log.iter().filter(move |one| one.place.lane == lane && !one.is_lost && one.at <= at)
    }

    /// Commits; answers the number of what was committed.
    pub(crate) fn commit(&mut self, at: i64, lane: LaneId, key: FactKey) -> usize {
        let at_least = match key {
            FactKey::Client(_) => 1 + self.generation(&key),
            _ => Fact::REVOKED,
        };
        let head = 1 + self.lane(lane, at).next_back().map_or(0, |last| last.place.head);
        let (place, fact) = (Place { of: self.of, lane, head }, Fact { key, at_least });
        self.log.push(Committed { at, place, fact, is_lost: false, held: None });
        self.log.len() - 1
    }

    /// The generation of a client now.
    pub(crate) fn generation(&self, key: &FactKey) -> u64 {
        let of_it = self.log.iter().filter(|one| !one.is_lost && one.fact.key == *key);
        of_it.map(|one| one.fact.at_least).max().unwrap_or_default()
    }

    /// Everything acknowledged that denies it, lost or not.
    pub(crate) fn denying(&self, credential: Credential) -> impl Iterator<Item = &Committed> {
        let [session, client] = credential.depended_on();
        self.log.iter().filter(move |one| {
            [&session, &client]
                .iter()
                .any(|(key, number)| one.fact.key == *key && one.fact.at_least > *number)
        })
    }

    /// Another copy takes over, which does not have the last of each lane. It is another truth, and says so.
    pub(crate) fn fail_over(&mut self, lost: usize, is_another: bool) {
        for lane in (1..=LANES).map(LaneId) {
            let of_it = self.log.iter_mut().rev().filter(|one| one.place.lane == lane && !one.is_lost);
            of_it.take(lost).for_each(|one| one.is_lost = true);
        }
        if is_another {
            let Incarnation([number, rest @ ..]) = self.of;
            let mut of = [0; 16];
            of.iter_mut().zip([&[number + 1], &rest[..]].concat()).for_each(|(place, byte)| *place = byte);
            self.of = Incarnation(of);
        }
    }

    /// What it holds as of a moment, after some numbers: a page. A fact that grew stands at its newest place only, in whichever lane.
    pub(crate) fn read(&self, after: &Heads, at: i64) -> Read {
        let mut read = Read { of: self.of, heads: Heads::new(), parts: Vec::new() };
        let seen = self.log.iter().filter(|one| !one.is_lost && one.at <= at);
        let newest: BTreeMap<&FactKey, Place> = seen.map(|one| (&one.fact.key, one.place)).collect();
        for lane in (1..=LANES).map(LaneId) {
            let head = self.lane(lane, at).next_back().map_or(0, |last| last.place.head);
            let after = after.get(&lane).copied().unwrap_or_default();
            let stands =
                |one: &&Committed| one.place.head > after && newest.get(&one.fact.key) == Some(&one.place);
            let page: Vec<&Committed> = self.lane(lane, at).filter(stands).take(PAGE + 1).collect();
            read.heads.insert(lane, head);
            let upto = match page.get(PAGE) {
                // There is more.
                Some(_) => page.get(PAGE - 1).map_or(head, |last| last.place.head),
                None => head,
            };
            if upto > after {
                let kept = |one: &&Committed| KeptFact { fact: one.fact.clone(), until: Time::MAX };
                read.parts.push(Part {
                    lane,
                    after,
                    upto,
                    facts: page.iter().take(PAGE).map(kept).collect(),
                });
            }
        }
        read
    }
}
