//! What the worlds of the simulator asked of their truth, asked of real engines.

use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::time::Time;
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_store::ledger::Ledger;
use cloakroom_store::stores::Stores;
use cloakroom_testkit::engine::{Place, wait};
use cloakroom_testkit::feed::truth::Step;
use cloakroom_testkit::feed::world::play;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Few, as in the worlds: a backlog is many pages.
const PAGE: usize = 2;
const SEEDS: u64 = 40;

type Known = BTreeMap<FactKey, u64>;

/// A verifier of the history: where it is in the model, where that is in the engine, and what it has been told.
#[derive(Default)]
struct Reader {
    at: Vec<(LaneId, u64)>,
    known: Known,
}

impl Reader {
    /// Reads until there is no more.
    fn read(&mut self, ledger: &dyn Ledger) {
        loop {
            let tails = wait(ledger.since(&self.at, PAGE)).unwrap();
            for fact in tails.iter().flat_map(|tail| &tail.entries).map(|entry| &entry.fact.fact) {
                let known = self.known.entry(fact.key.clone()).or_default();
                *known = (*known).max(fact.at_least);
            }
            let is_over = tails.iter().all(|tail| tail.upto(PAGE) == tail.head);
            let at: Vec<_> = tails.iter().map(|tail| (tail.lane, tail.upto(PAGE))).collect();
            for (lane, before) in &self.at {
                let now = at.iter().find(|(other, _)| other == lane).map(|(_, head)| *head);
                assert!(now >= Some(*before), "lane {} goes back", lane.0);
            }
            self.at = at;
            if is_over {
                return;
            }
        }
    }
}

/// Plays a history. Each engine is used for all of them: what one has committed is there for the next.
fn replay(ledger: &Arc<dyn Ledger>, history: &[Step], all: &mut Known) -> (u64, u64) {
    let (mut readers, mut commits, mut reads) = (BTreeMap::<usize, Reader>::new(), 0, 0);
    for asked in history {
        match asked {
            Step::Commit(fact) => {
                // What the one before has denied is denied: this history goes on from there.
                let known = all.entry(fact.key.clone()).or_default();
                let at_least = if fact.at_least == Fact::REVOKED { Fact::REVOKED } else { *known + 1 };
                *known = (*known).max(at_least);
                let fact = Fact { key: fact.key.clone(), at_least };
                let trail = Trail { facts: vec![KeptFact { fact, until: Time::MAX }], events: Vec::new() };
                wait(ledger.publish(&trail)).unwrap();
                commits += 1;
            }
            Step::Read { verifier, after } => {
                let reader = readers.entry(*verifier).or_default();
                if after.is_empty() {
                    *reader = Reader::default();
                }
                reader.read(&**ledger);
                assert_eq!(reader.known, *all, "a read does not find what was committed before it");
                reads += 1;
            }
        }
    }
    (commits, reads)
}

#[test]
fn slow_the_engines_answer_what_the_worlds_have_asked() {
    let (postgres, redis) = (Postgres::shared().unwrap(), Redis::shared().unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let database = || postgres.url(&postgres.database().unwrap());
    let sessions = || Some(redis.url(&redis.prefix()));
    for place in [
        Place { durable: file("one.db"), sessions: None },
        Place { durable: file("two.db"), sessions: sessions() },
        Place { durable: database(), sessions: None },
        Place { durable: database(), sessions: sessions() },
    ] {
        let Stores { ledger, .. } = place.stores().unwrap();
        let (mut all, mut commits, mut reads) = (Known::new(), 0, 0);
        for seed in 0..SEEDS {
            let played = play(seed, None).unwrap();
            let (more, looks) = replay(&ledger, &played.history, &mut all);
            (commits, reads) = (commits + more, reads + looks);
        }
        assert!(commits > 100 && reads > 1_000, "{place:?}: {commits} commits, {reads} reads");
    }
}
