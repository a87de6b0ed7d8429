//! Those who write: a few connections, each with a lane of its own. A verb that was begun runs to its end, whoever waits for it.

use crate::address::Address;
use crate::connection::{Connection, Patience};
use crate::era::Era;
use crate::error::{Failed, Result};
use crate::tick::{Server, prove};
use crate::work::{Verb, Work};
use cloakroom_model::ports::Clock;
use cloakroom_model::records::trail::LaneId;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::watch::{Change, Watchers};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

/// How long a new connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
/// How long a verb may wait for its turn.
const WAITS_AT_MOST: Duration = Duration::from_secs(10);
/// How often a verb is tried when others are in the way.
const TRIES: u32 = 12;
/// How many verbs may wait. Beyond it the store is overloaded and says so at once.
const QUEUE: usize = 16_384;

/// One who writes.
#[derive(Debug)]
struct Pen {
    lane: LaneId,
    connection: Option<(u64, Connection)>,
    head: u64,
}

#[derive(Debug)]
struct Inner {
    address: Address,
    server: Server,
    era: Era,
    pens: Vec<Mutex<Pen>>,
    turn: AtomicUsize,
    waiting: AtomicUsize,
    is_closed: AtomicBool,
    clock: Arc<dyn Clock>,
    watchers: Arc<Watchers>,
}

/// The way to those who write. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    inner: Arc<Inner>,
    runtime: Handle,
}

/// How many write, each to a lane of its number.
pub(crate) struct Pens {
    pub(crate) count: u32,
    /// Which is taken first where all are free: not the same one in each process.
    pub(crate) begin_at: usize,
    /// Whose they are.
    pub(crate) server: Server,
}

impl Writer {
    pub(crate) fn new(
        address: Address,
        pens: &Pens,
        era: Era,
        clock: Arc<dyn Clock>,
        watchers: Arc<Watchers>,
    ) -> Self {
        let pen = |number| Mutex::new(Pen { lane: LaneId(1 + number), connection: None, head: 0 });
        let inner = Inner {
            address,
            server: pens.server,
            era,
            pens: (0..pens.count).map(pen).collect(),
            turn: AtomicUsize::new(pens.begin_at),
            waiting: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            clock,
            watchers,
        };
        Self { inner: Arc::new(inner), runtime: Handle::current() }
    }

    /// Hands a verb over and waits for its answer.
    pub(crate) async fn run<V: Verb>(&self, verb: V) -> Answer<V::Answer> {
        let inner = self.inner.clone();
        if inner.is_closed.load(Ordering::Acquire) {
            return Err(Fault::of(FaultKind::Closed));
        }
        if inner.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            inner.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::of(FaultKind::Unavailable));
        }
        let waits = Waits(inner.clone());
        let ran = self.runtime.spawn(async move {
            let _waits = waits;
            inner.run(&verb).await.map_err(Failed::fault)
        });
        ran.await.unwrap_or_else(|_| Err(Fault::of(FaultKind::Closed)))
    }

    /// Lets everything that waits commit, then closes. Later verbs are outages.
    pub(crate) async fn close(&self) {
        self.inner.is_closed.store(true, Ordering::Release);
        let inner = self.inner.clone();
        let closing = self.runtime.spawn(async move {
            while inner.waiting.load(Ordering::Acquire) > 0 {
                sleep(Duration::from_millis(1)).await;
            }
            for pen in &inner.pens {
                pen.lock().await.connection = None;
            }
        });
        let _runtime_is_gone = closing.await;
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

/// A verb that is under way, however it ends.
struct Waits(Arc<Inner>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Release);
    }
}

impl Inner {
    async fn run<V: Verb>(&self, verb: &V) -> Result<V::Answer> {
        let first = self.turn.load(Ordering::Relaxed) % self.pens.len().max(1);
        let turn = || self.turn.fetch_add(1, Ordering::Relaxed) % self.pens.len().max(1);
        let free = self.pens.iter().cycle().skip(first).take(self.pens.len());
        let free = free.into_iter().find_map(|pen| pen.try_lock().ok());
        let mut pen = match free {
            Some(pen) => pen,
            None => {
                let pen = self.pens.get(turn()).ok_or(Failed::Late)?;
                timeout(WAITS_AT_MOST, pen.lock()).await.map_err(|_| Failed::Late)?
            }
        };
        let (mut tries, began) = (0, Instant::now());
        loop {
            tries += 1;
            match self.once(&mut pen, verb).await {
                Err(failed) if failed.is_contention() && tries < TRIES && began.elapsed() < WAITS_AT_MOST => {
                    // Those who were in the way of each other come back at different times.
                    let apart = u64::from(tries) * (1 + u64::from(pen.lane.0 % 7));
                    sleep(Duration::from_millis(apart)).await;
                }
                answer => return answer,
            }
        }
    }

    async fn once<V: Verb>(&self, pen: &mut Pen, verb: &V) -> Result<V::Answer> {
        let era = self.era.now();
        let kept = pen.connection.take().filter(|(made, connection)| *made == era && !connection.is_lost());
        let connection = match kept {
            Some((_, connection)) => connection,
            None => {
                let opened = timeout(CONNECTS_WITHIN, Connection::open(&self.address));
                let connection = opened.await.map_err(|_| Failed::Late)??;
                // A verb that finds nothing to write says what this server knows: it must be the truth for that too.
                prove(&connection, &self.server).await?;
                connection.is_for_verbs().await?;
                connection
            }
        };
        connection.begin(Patience::Verb).await?;
        let mut work = Work::new(&connection, self.clock.now(), pen.lane, pen.head);
        let answer = match verb.run(&mut work).await {
            Ok(answer) => work.settle().await.map(|()| answer),
            Err(failed) => Err(failed),
        };
        let (head, facts, changed) = (work.head, work.facts, work.changed);
        let answer = match answer {
            Ok(answer) => answer,
            Err(failed) => {
                // A connection that cannot undo is dropped, and the server undoes.
                if connection.run("ROLLBACK").await.is_ok() {
                    pen.connection = Some((era, connection));
                }
                return Err(failed);
            }
        };
        let committed = connection.commit().await;
        match committed {
            Ok(()) => {
                pen.head = head;
                pen.connection = Some((era, connection));
                self.watchers.tell(Change { facts: &facts, sessions: &changed });
                Ok(answer)
            }
            Err(failed) => {
                // It is not known whether it is there: what is remembered of these sessions may be old.
                self.watchers.tell(Change { facts: &[], sessions: &changed });
                Err(failed)
            }
        }
    }
}
