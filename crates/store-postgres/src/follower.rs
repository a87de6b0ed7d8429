//! What others publish, on its way to the watchers of this process.
//!
//! The lanes are looked at every few milliseconds, so that what was taken back elsewhere is known here soon. How far this process knows is
//! proven less often, by a *tick*: a transaction that writes, reads the heads and commits. Whoever can commit is the one truth; a server that
//! was deposed, or that only repeats another one, cannot, and proves nothing.

use crate::address::Address;
use crate::connection::Connection;
use crate::era::Era;
use crate::error::{Failed, Result};
use crate::lane::{Heads, heads};
use crate::tails::tails;
use crate::tick::{Proof, Server, prove};
use cloakroom_model::ports::Clock;
use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::words::time::Span;
use cloakroom_store::ledger::number_of;
use cloakroom_store::watch::{Change, Told, Watchers};
use core::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How often the lanes are looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(20);
/// How often it is proven how far this process knows.
const PROVES_EVERY: Span = Span::millis(500);
/// How long it waits where the server does not answer.
const RESTS: Duration = Duration::from_millis(100);
/// How long a tick may take. One that takes longer proves what nobody needs any more.
const TICKS_WITHIN: Duration = Duration::from_secs(2);
/// How many facts of each lane are read at once.
const PAGE: usize = 1_000;

/// What is known of how far it has come.
#[derive(Debug)]
pub(crate) struct Follower {
    upto: Arc<AtomicI64>,
    is_waited_for: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

struct Following {
    address: Address,
    clock: Arc<dyn Clock>,
    watchers: Arc<Watchers>,
    /// Up to where the watchers were told.
    after: Heads,
    upto: Arc<AtomicI64>,
    is_waited_for: Arc<AtomicBool>,
    server: Server,
    era: Era,
}

impl Follower {
    /// Begins after what is there, which was proven at a time: whoever watches reads that when they begin.
    pub(crate) fn start(
        address: Address,
        clock: Arc<dyn Clock>,
        watchers: Arc<Watchers>,
        (proof, proven): (Proof, Span),
        (server, era): (Server, Era),
    ) -> Self {
        let upto = Arc::new(AtomicI64::new(proven.as_millis()));
        let is_waited_for = Arc::new(AtomicBool::new(proof.is_waited_for));
        let (told, waits) = (upto.clone(), is_waited_for.clone());
        let mut following = Following {
            address,
            clock,
            watchers,
            after: proof.heads,
            upto: told,
            is_waited_for: waits,
            server,
            era,
        };
        let task = tokio::spawn(async move { following.follow().await });
        Self { upto, is_waited_for, task }
    }

    /// Whether commits waited for whoever could take over, when that was last looked at.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.is_waited_for.load(Ordering::Acquire)
    }

    pub(crate) fn told(&self) -> Told {
        Told::UpTo(Span::millis(self.upto.load(Ordering::Acquire)))
    }

    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Following {
    async fn follow(&mut self) {
        loop {
            // Whatever was under way is given up with the connection.
            let _lost = self.follow_over_one().await;
            // Who answers next may have lost the end of a lane, and have gone on from there: no number says whether what it stands for is known.
            self.after.clear();
            self.era.ends();
            sleep(RESTS).await;
        }
    }

    async fn follow_over_one(&mut self) -> Result<()> {
        let opened = timeout(TICKS_WITHIN, Connection::open(&self.address));
        let connection = opened.await.map_err(|_| Failed::Late)??;
        loop {
            let began = self.clock.since_boot();
            let proven = began.as_millis() - self.upto.load(Ordering::Relaxed) >= PROVES_EVERY.as_millis();
            let looked = async {
                if !proven {
                    return heads(&connection).await;
                }
                let Proof { heads, is_waited_for } = prove(&connection, &self.server).await?;
                self.is_waited_for.store(is_waited_for, Ordering::Release);
                Ok(heads)
            };
            let found = timeout(TICKS_WITHIN, looked).await.map_err(|_| Failed::Late)??;
            self.tell_up_to(&connection, &found).await?;
            if proven {
                self.upto.store(began.as_millis(), Ordering::Release);
            }
            sleep(LOOKS_EVERY).await;
        }
    }

    /// Tells of everything up to these heads.
    async fn tell_up_to(&mut self, connection: &Connection, heads: &Heads) -> Result<()> {
        // A server that took over without the newest of a lane numbers again what is new there: nothing of it may be taken for known.
        if heads.iter().any(|(lane, head)| number_of(*lane, &self.after) > *head) {
            self.after.clear();
        }
        let is_there = |after: &Heads| heads.iter().all(|(lane, head)| number_of(*lane, after) >= *head);
        while !is_there(&self.after) {
            let found = tails(connection, &self.after, PAGE).await?;
            let facts: Vec<KeptFact> =
                found.iter().flat_map(|tail| &tail.entries).map(|entry| entry.fact.clone()).collect();
            self.watchers.tell(Change { facts: &facts, sessions: &[] });
            self.after = found.iter().map(|tail| (tail.lane, tail.upto(PAGE))).collect();
        }
        Ok(())
    }
}
