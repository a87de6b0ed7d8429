//! What others publish, on its way to the watchers of this process.
//!
//! The log is looked at every few milliseconds, so that what was taken back elsewhere is known here soon. How far this process knows is proven
//! less often, by a look that writes: a server that was made a replica cannot, and proves nothing. One that was deposed and does not know it
//! yet can, for as long as it takes writes from anybody (`min-replicas-to-write` ends that).

use super::look::Looks;
use cloakroom_model::ports::Clock;
use cloakroom_model::words::time::Span;
use cloakroom_store::fault::Answer;
use cloakroom_store::watch::{Change, Told, Watchers};
use core::sync::atomic::{AtomicI64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often the log is looked at.
const LOOKS_EVERY: Duration = Duration::from_millis(20);
/// How often it is proven how far this process knows.
const PROVES_EVERY: Span = Span::millis(500);
/// How long it waits where the server does not answer.
const RESTS: Duration = Duration::from_millis(100);
/// How many facts are read at once.
const PAGE: usize = 1_000;

/// What is known of how far it has come.
#[derive(Debug)]
pub(super) struct Follower {
    upto: Arc<AtomicI64>,
    task: JoinHandle<()>,
}

struct Following {
    looks: Looks,
    clock: Arc<dyn Clock>,
    watchers: Arc<Watchers>,
    /// Up to where the watchers were told, and in which era.
    after: (u64, u64),
    upto: Arc<AtomicI64>,
}

impl Follower {
    /// Begins after what is there, which was proven at a time: whoever watches reads that when they begin.
    pub(super) fn start(
        looks: Looks,
        clock: Arc<dyn Clock>,
        watchers: Arc<Watchers>,
        (head, proven): (u64, Span),
    ) -> Self {
        let upto = Arc::new(AtomicI64::new(proven.as_millis()));
        let after = (head, looks.era());
        let mut following = Following { looks, clock, watchers, after, upto: upto.clone() };
        let task = tokio::spawn(async move {
            loop {
                let rests = if following.follow().await.is_ok() { LOOKS_EVERY } else { RESTS };
                sleep(rests).await;
            }
        });
        Self { upto, task }
    }

    pub(super) fn told(&self) -> Told {
        Told::UpTo(Span::millis(self.upto.load(Ordering::Acquire)))
    }

    pub(super) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Following {
    /// Tells of what is new.
    async fn follow(&mut self) -> Answer<()> {
        let began = self.clock.since_boot();
        let proves = began.as_millis() - self.upto.load(Ordering::Relaxed) >= PROVES_EVERY.as_millis();
        let mut tail = self.looks.look(self.after.0, PAGE, proves).await?;
        loop {
            // Another server numbers again what is new there: nothing of it may be taken for known.
            let era = self.looks.era();
            if era != self.after.1 {
                self.after = (0, era);
            } else {
                let facts: Vec<_> = tail.entries.iter().map(|entry| entry.fact.clone()).collect();
                self.watchers.tell(Change { facts: &facts, sessions: &[] });
                self.after.0 = tail.upto(PAGE);
            }
            if self.after.0 >= tail.head {
                break;
            }
            tail = self.looks.look(self.after.0, PAGE, false).await?;
        }
        if proves {
            self.upto.store(began.as_millis(), Ordering::Release);
        }
        Ok(())
    }
}
