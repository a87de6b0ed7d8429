//! Opening a ledger.

use super::ask::Ask;
use super::commit::{EVENTS_KEPT, Ended, LANES, Pen, Work};
use super::follower::Follower;
use super::look::Looks;
use super::names::Names;
use crate::address::Address;
use crate::error::{Failed, OpenError};
use crate::inside::Inside;
use crate::link::Links;
use crate::look::{Worry, keeps_all, look};
use async_trait::async_trait;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::chain::ChainHead;
use cloakroom_model::records::trail::LaneId;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::guarantees::{Durability, EventsKept, Guarantees, Truth};
use cloakroom_store::neighbours::{Neighbour, Neighbours, Said};
use cloakroom_store::stores::Durable;
use cloakroom_store::watch::{Told, Watch, Watcher, Watchers};
use core::error::Error;
use core::future::Future;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

/// Facts, keys and the last events on a Redis or Valkey server, for sessions that lie there too: a process more, and nothing to install but
/// that. What it loses is lost: after a failover what was taken back last is good again.
#[derive(Debug)]
pub struct RedisLedger {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ask: Arc<Ask>,
    pub(super) looks: Looks,
    pen: Arc<Pen>,
    follower: Follower,
    watchers: Arc<Watchers>,
    runtime: Handle,
    worries: Vec<Worry>,
    is_kept: bool,
    is_closed: AtomicBool,
}

impl RedisLedger {
    /// Opens the ledger of a server, on the system's clock.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_on(url, Arc::new(SystemClock)).await
    }

    /// The same on another clock, within a tokio runtime that goes on for as long as the ledger does.
    pub async fn open_on(url: &str, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let address = Address::read(url)?;
        let server = address.name();
        let links = Arc::new(Links::to(&address)?);
        let worries = look(&links, &server).await?;
        let unreachable = |why| OpenError::Unreachable { server: server.clone(), why };
        let is_kept = keeps_all(&links).await.map_err(unreachable)?;
        let ask = Arc::new(Ask::new(links.clone()));
        let mut turn = redis::cmd("INCR");
        turn.arg(ask.key("opened"));
        let turn: u64 = links.command(&turn).await.map_err(unreachable)?;
        let lane = LaneId(u32::try_from(turn.saturating_sub(1) % LANES + 1).unwrap_or(1));
        let (names, watchers) = (Names::new(), Arc::new(Watchers::default()));
        let looks = Looks { ask: ask.clone(), process: names.of_process() };
        let unusable = |fault: Fault| {
            unreachable(fault.source().map_or_else(Failed::late, |why| Failed::as_told(why.to_string())))
        };
        let began = clock.since_boot();
        let head = looks.look(0, 0, true).await.map_err(unusable)?.head;
        let pen = Pen {
            ask: ask.clone(),
            names,
            watchers: watchers.clone(),
            lane,
            end: Mutex::new(ChainHead::default()),
        };
        let follower = Follower::start(looks.clone(), clock.clone(), watchers.clone(), (head, began));
        Ok(Self {
            clock,
            ask,
            looks,
            pen: Arc::new(pen),
            follower,
            watchers,
            runtime: Handle::current(),
            worries,
            is_kept,
            is_closed: AtomicBool::new(false),
        })
    }

    /// What whoever runs the server should know, as it was when it was opened.
    #[must_use]
    pub fn worries(&self) -> &[Worry] {
        &self.worries
    }

    /// The ledger as what decides where sessions are kept apart.
    #[must_use]
    pub fn durable(ledger: Arc<Self>) -> Durable {
        let durability = if ledger.is_kept { Durability::Power } else { Durability::Server };
        let guarantees = Guarantees {
            durability,
            truth: Truth::ClassB,
            events: EventsKept::Last(EVENTS_KEPT),
            anonymous: None,
            people: false,
        };
        Durable::without_people(ledger, guarantees)
    }

    /// Later verbs are outages; those that were begun come to their end.
    pub fn shutdown(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.follower.stop();
    }

    fn is_open(&self) -> Answer<()> {
        if self.is_closed.load(Ordering::Acquire) { Err(Fault::of(FaultKind::Closed)) } else { Ok(()) }
    }

    /// Asks. Whoever does need not be on a runtime.
    pub(super) async fn inside<T>(&self, asking: impl Future<Output = Answer<T>> + Send) -> Answer<T> {
        self.is_open()?;
        Inside { runtime: self.runtime.clone(), future: Box::pin(asking) }.await
    }

    /// Commits, to its end whoever goes away.
    pub(super) async fn commit(&self, work: Work) -> Answer<Ended> {
        self.is_open()?;
        let pen = self.pen.clone();
        let written = self.runtime.spawn(async move { pen.write(&work).await });
        written.await.unwrap_or_else(|_| Err(Fault::of(FaultKind::Closed)))
    }
}

#[async_trait]
impl Neighbours for RedisLedger {
    async fn neighbours(&self) -> Answer<Vec<Neighbour>> {
        self.inside(self.looks.others()).await
    }

    async fn say(&self, said: Option<Said>) -> Answer<()> {
        self.inside(self.looks.say(said.as_ref())).await
    }
}

impl Watch for RedisLedger {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        self.watchers.add(watcher);
    }

    fn told(&self) -> Told {
        self.follower.told()
    }

    fn era(&self) -> u64 {
        self.ask.era.now()
    }
}
