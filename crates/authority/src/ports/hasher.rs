//! Password hashing on a few threads of its own: bounded, fair between networks, polite to everything else, each
//! thread with one block of memory that it uses again.

pub use cloakroom_crypto::password::Verdict;
use cloakroom_crypto::password::argon2id::{Cost, Memory, hash, unmatched};
use cloakroom_crypto::password::{Unusable, verify};
use cloakroom_model::ports::Entropy;
use cloakroom_model::words::secret::Secret;
use core::time::Duration;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Hashing gives way to everything else, but never all the way: against one busy thread beside it on a core, this
/// is a quarter of the core.
const NICE: i32 = 5;

/// So long a thread keeps the memory that hashing needs, when there is nothing to hash.
const IDLE: Duration = Duration::from_secs(10);

/// One address prefix may take one of so many parts of the queue.
const PARTS: usize = 8;

/// Who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// The prefix of the address: turns go round between prefixes.
    pub prefix: String,
    /// Whether this browser signed in before. A part of the queue is kept for those.
    pub known_browser: bool,
}

/// How many threads, how long a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Threads.
    pub threads: usize,
    /// How many may wait.
    pub queue: usize,
    /// How many of those places only known browsers may take.
    pub kept_for_known: usize,
    /// What a hash costs.
    pub cost: Cost,
}

impl Default for Shape {
    fn default() -> Self {
        Self { threads: 1, queue: 256, kept_for_known: 64, cost: Cost::LEAST }
    }
}

/// Hashing was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHashed {
    /// Too many are waiting. Come back in a moment.
    #[error("too many sign-ins are waiting")]
    Busy,
    /// The threads have stopped.
    #[error("hashing has stopped")]
    Stopped,
    /// The stored hash cannot be used.
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// Those who wait, by whether they are known and by prefix. Prefixes take turns.
#[derive(Default)]
struct Lane {
    turns: VecDeque<String>,
    waiting: BTreeMap<String, VecDeque<Work>>,
    count: usize,
}

impl Lane {
    fn push(&mut self, prefix: String, work: Work) {
        let of_prefix = self.waiting.entry(prefix.clone()).or_default();
        if of_prefix.is_empty() {
            self.turns.push_back(prefix);
        }
        of_prefix.push_back(work);
        self.count += 1;
    }

    fn pop(&mut self) -> Option<Work> {
        let prefix = self.turns.pop_front()?;
        let of_prefix = self.waiting.get_mut(&prefix)?;
        let work = of_prefix.pop_front();
        if of_prefix.is_empty() {
            self.waiting.remove(&prefix);
        } else {
            self.turns.push_back(prefix);
        }
        self.count -= usize::from(work.is_some());
        work
    }
}

#[derive(Default)]
struct Queue {
    known: Lane,
    strangers: Lane,
    stopped: bool,
    turn: u64,
}

impl Queue {
    fn push(&mut self, shape: &Shape, visitor: Visitor, work: Work) -> Result<(), NotHashed> {
        let (all, strangers) = (self.known.count + self.strangers.count, self.strangers.count);
        let full_for_strangers = strangers >= shape.queue.saturating_sub(shape.kept_for_known);
        if self.stopped {
            return Err(NotHashed::Stopped);
        }
        let lane = if visitor.known_browser { &mut self.known } else { &mut self.strangers };
        // One network takes at most its part of the queue, or it would keep all others out.
        let of_prefix = lane.waiting.get(&visitor.prefix).map_or(0, VecDeque::len);
        let is_full = all >= shape.queue || of_prefix >= (shape.queue / PARTS).max(1);
        if is_full || (!visitor.known_browser && full_for_strangers) {
            return Err(NotHashed::Busy);
        }
        lane.push(visitor.prefix, work);
        Ok(())
    }

    /// Known browsers and strangers take turns where both wait.
    fn pop(&mut self) -> Option<Work> {
        self.turn += 1;
        if self.turn.is_multiple_of(2) {
            self.strangers.pop().or_else(|| self.known.pop())
        } else {
            self.known.pop().or_else(|| self.strangers.pop())
        }
    }
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    news: Condvar,
}

/// The threads that hash.
pub struct Hasher {
    shape: Shape,
    entropy: Arc<dyn Entropy>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl core::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hasher").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Hasher {
    /// Starts the threads.
    pub fn start(shape: Shape, entropy: Arc<dyn Entropy>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let threads: std::io::Result<Vec<_>> = (0..shape.threads.max(1))
            .map(|number| {
                let shared = shared.clone();
                std::thread::Builder::new()
                    .name(format!("cloakroom-hash-{number}"))
                    .spawn(move || work(&shared, shape.cost))
            })
            .collect();
        Ok(Self { shape, entropy, shared, threads: threads? })
    }

    /// How many are waiting.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let queue = self.shared.queue.lock();
        queue.known.count + queue.strangers.count
    }

    /// Hashes a password at today's cost.
    pub async fn hash(&self, password: Secret<String>, visitor: Visitor) -> Result<String, NotHashed> {
        let (cost, entropy) = (self.shape.cost, self.entropy.clone());
        self.run(visitor, move |memory| hash(password.expose().as_bytes(), cost, memory, &*entropy)).await
    }

    /// What an unknown name is compared with: it takes as long as any other, and no password is its own.
    pub fn unmatched(&self) -> Result<String, NotHashed> {
        Ok(unmatched(self.shape.cost, &*self.entropy)?)
    }

    /// Verifies a password against a stored hash of any scheme.
    pub async fn verify(
        &self,
        stored: String,
        password: Secret<String>,
        visitor: Visitor,
    ) -> Result<Verdict, NotHashed> {
        let cost = self.shape.cost;
        self.run(visitor, move |memory| verify(&stored, password.expose().as_bytes(), cost, memory)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        visitor: Visitor,
        work: impl FnOnce(&mut Memory) -> Result<T, Unusable> + Send + 'static,
    ) -> Result<T, NotHashed> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |memory| {
            // Nobody waits for it any more: the work is not done.
            if !reply.is_closed() {
                let _caller_may_be_gone = reply.send(work(memory));
            }
        });
        self.shared.queue.lock().push(&self.shape, visitor, work)?;
        self.shared.news.notify_one();
        Ok(answer.await.map_err(|_| NotHashed::Stopped)??)
    }
}

impl Drop for Hasher {
    fn drop(&mut self) {
        self.shared.queue.lock().stopped = true;
        self.shared.news.notify_all();
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

fn work(shared: &Shared, cost: Cost) {
    // Where the system does not let us be polite, we are not.
    let _not_allowed = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    // The first one who signs in pays for it: where nobody does, it is not there.
    let mut memory = Memory::default();
    loop {
        let mut queue = shared.queue.lock();
        let next = loop {
            match queue.pop() {
                Some(work) => break Some(work),
                None if queue.stopped => break None,
                // Where nobody signs in for a while, it is given back. Wiping it takes a while.
                None if shared.news.wait_for(&mut queue, IDLE).timed_out() => {
                    MutexGuard::unlocked(&mut queue, || memory = Memory::default());
                }
                None => {}
            }
        };
        drop(queue);
        match next {
            // A scheme that panics fails its own caller, who sees the reply dropped, and nobody else.
            Some(work) => {
                if std::panic::catch_unwind(AssertUnwindSafe(|| work(&mut memory))).is_err() {
                    memory = Memory::default();
                }
                memory.shrink_to(cost);
            }
            None => return,
        }
    }
}

#[cfg(test)]
mod tests;
