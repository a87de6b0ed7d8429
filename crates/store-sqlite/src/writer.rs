//! The one writer: a thread that takes every verb that is waiting, runs each in a savepoint, commits them
//! together and only then answers. A verb that was handed over runs to its end, whoever waits for it.

use crate::checkpoints::Checkpoints;
use crate::error::fault;
use crate::files::Mark;
use crate::lane::{Head, LANE};
use cloakroom_model::ports::Clock;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::watch::{Change, Watchers};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// How many verbs one commit may carry.
const GROUP: usize = 256;
/// How many verbs may wait. Beyond it the store is overloaded and says so at once.
const QUEUE: usize = 16_384;

/// How far behind the mark may be.
const MARK_EVERY: Duration = Duration::from_secs(1);
/// How many verbs go into the log before it is moved into the database.
const CHECKPOINT_AFTER: usize = 512;

/// A verb at work.
pub(crate) struct Work<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) now: Time,
    head: &'a mut Head,
    changed: Vec<SessionId>,
    facts: Vec<KeptFact>,
}

impl Work<'_> {
    /// Puts a trail at the end of the lane.
    pub(crate) fn commit(&mut self, trail: &Trail) -> rusqlite::Result<()> {
        self.head.commit(self.connection, trail)?;
        self.facts.extend_from_slice(&trail.facts);
        Ok(())
    }

    /// The verb has done everything: its own trail, and a receipt for all it published.
    pub(crate) fn done(&mut self, trail: &Trail) -> rusqlite::Result<Receipt> {
        self.commit(trail)?;
        Ok(Receipt { lane: LANE, head: self.head.facts, facts: self.facts.clone() })
    }

    pub(crate) fn changed(&mut self, session: SessionId) {
        self.changed.push(session);
    }
}

/// Runs a verb and keeps its answer until it is known whether the commit went through.
type Job = Box<dyn FnOnce(&mut Work<'_>) -> rusqlite::Result<Settle> + Send>;
type Settle = Box<dyn FnOnce() + Send>;

enum Message {
    Run(Job, Refuse),
    Stop,
}

type Refuse = Box<dyn FnOnce(Fault) + Send>;

/// The way to the writer.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Sender<Message>,
    waiting: Arc<AtomicUsize>,
    thread: parking_lot::Mutex<Option<JoinHandle<()>>>,
    /// The epoch as committed, for readers.
    pub(crate) epoch: Arc<AtomicU64>,
}

struct Thread {
    connection: Connection,
    path: PathBuf,
    head: Head,
    /// The mark as it stands beside the database, and when it was written.
    mark: Mark,
    marked: Span,
    checkpoints: Checkpoints,
    since_checkpoint: usize,
    clock: Arc<dyn Clock>,
    watchers: Arc<Watchers>,
    waiting: Arc<AtomicUsize>,
    epoch: Arc<AtomicU64>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        path: &Path,
        head: Head,
        mark: Mark,
        clock: Arc<dyn Clock>,
        watchers: Arc<Watchers>,
    ) -> std::io::Result<Self> {
        let (queue, messages) = channel();
        let (waiting, epoch) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(mark.epoch)));
        let mut thread = Thread {
            connection,
            path: path.to_owned(),
            head,
            mark,
            marked: clock.since_boot(),
            clock,
            watchers,
            waiting: waiting.clone(),
            epoch: epoch.clone(),
            checkpoints: Checkpoints::start(path)?,
            since_checkpoint: 0,
        };
        let handle = std::thread::Builder::new()
            .name("cloakroom-writer".to_owned())
            .spawn(move || thread.run(&messages))?;
        Ok(Self { queue, waiting, thread: parking_lot::Mutex::new(Some(handle)), epoch })
    }

    /// Hands a verb over and waits for its answer.
    pub(crate) async fn run<T, F>(&self, verb: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Work<'_>) -> rusqlite::Result<Answer<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let reply = Arc::new(parking_lot::Mutex::new(Some(reply)));
        let refused = reply.clone();
        let send = move |reply: &parking_lot::Mutex<Option<oneshot::Sender<Answer<T>>>>, answer| {
            if let Some(reply) = reply.lock().take() {
                let _caller_may_be_gone = reply.send(answer);
            }
        };
        let job: Job = Box::new(move |work| {
            let answer = verb(work)?;
            Ok(Box::new(move || send(&reply, answer)))
        });
        let refuse: Refuse = Box::new(move |fault| send(&refused, Err(fault)));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::of(FaultKind::Unavailable));
        }
        self.queue.send(Message::Run(job, refuse)).map_err(|_| Fault::of(FaultKind::Closed))?;
        answer.await.unwrap_or_else(|_| Err(Fault::of(FaultKind::Closed)))
    }

    /// Lets everything that is waiting commit, then stops.
    pub(crate) fn stop(&self) {
        let _already_stopped = self.queue.send(Message::Stop);
        if let Some(thread) = self.thread.lock().take() {
            let _panicked = thread.join();
        }
    }
}

impl Thread {
    fn run(&mut self, messages: &Receiver<Message>) {
        loop {
            let message = match messages.recv_timeout(MARK_EVERY) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.write_mark();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut jobs = Vec::new();
            let mut next = Some(message);
            let mut stop = false;
            while let Some(message) = next {
                match message {
                    Message::Run(job, refuse) => jobs.push((job, refuse)),
                    Message::Stop => stop = true,
                }
                next = if jobs.len() < GROUP && !stop { messages.try_recv().ok() } else { None };
            }
            self.waiting.fetch_sub(jobs.len(), Ordering::Relaxed);
            self.since_checkpoint += jobs.len();
            self.commit_group(jobs);
            if self.since_checkpoint >= CHECKPOINT_AFTER {
                self.since_checkpoint = 0;
                self.checkpoints.want();
            }
            let since = self.clock.since_boot().as_millis() - self.marked.as_millis();
            if since >= MARK_EVERY.as_millis() as i64 {
                self.write_mark();
            }
            if stop {
                break;
            }
        }
        self.write_mark();
    }

    /// Writes down beside the database how far it has come, if it has come further. A mark that cannot be written
    /// is tried again; it is only ever behind.
    fn write_mark(&mut self) {
        self.marked = self.clock.since_boot();
        let epoch = self.epoch.load(Ordering::Relaxed);
        let mark = Mark { epoch, facts: self.head.facts, events: self.head.chain.seq };
        if mark != self.mark && mark.write(&self.path).is_ok() {
            self.mark = mark;
        }
    }

    /// All or nothing: the answers go out after the commit, and after every watcher was told.
    fn commit_group(&mut self, jobs: Vec<(Job, Refuse)>) {
        let before = self.head;
        let mut settled = Vec::with_capacity(jobs.len());
        let (mut changed, mut facts) = (Vec::new(), Vec::new());
        let mut outcome = self.connection.execute_batch("BEGIN IMMEDIATE");
        for (job, refuse) in jobs {
            if let Err(error) = &outcome {
                refuse(group_fault(error));
                continue;
            }
            match self.one(job, &mut changed, &mut facts) {
                Ok(Ok(settle)) => settled.push((settle, refuse)),
                Ok(Err(error)) => refuse(fault(error)),
                Err(broken) => {
                    refuse(group_fault(&broken));
                    outcome = Err(broken);
                }
            }
        }
        let committed = outcome
            .and_then(|()| if self.head == before { Ok(()) } else { self.head.write(&self.connection) })
            .and_then(|()| self.connection.execute_batch("COMMIT"));
        match committed {
            Ok(()) => {
                self.note_epoch(&facts);
                self.watchers.tell(Change { facts: &facts, sessions: &changed });
                settled.into_iter().for_each(|(settle, _)| settle());
            }
            Err(error) => {
                if !self.connection.is_autocommit() {
                    let _given_up_already = self.connection.execute_batch("ROLLBACK");
                }
                self.head = Head::read(&self.connection).unwrap_or(before);
                settled.into_iter().for_each(|(_, refuse)| refuse(group_fault(&error)));
            }
        }
    }

    /// Runs one verb. The inner error is its own and was undone; the outer one breaks the whole group: the engine
    /// gave the transaction up, or would not undo the verb.
    fn one(
        &mut self,
        job: Job,
        changed: &mut Vec<SessionId>,
        facts: &mut Vec<KeptFact>,
    ) -> rusqlite::Result<rusqlite::Result<Settle>> {
        let before = self.head;
        self.connection.prepare_cached("SAVEPOINT verb")?.execute([])?;
        let now = self.clock.now();
        let mut work = Work {
            connection: &self.connection,
            now,
            head: &mut self.head,
            changed: Vec::new(),
            facts: Vec::new(),
        };
        match job(&mut work) {
            Ok(settle) => {
                changed.append(&mut work.changed);
                facts.append(&mut work.facts);
                self.connection.prepare_cached("RELEASE verb")?.execute([])?;
                Ok(Ok(settle))
            }
            Err(error) if self.connection.is_autocommit() => Err(error),
            Err(error) => {
                self.connection.execute_batch("ROLLBACK TO verb; RELEASE verb")?;
                self.head = before;
                Ok(Err(error))
            }
        }
    }

    fn note_epoch(&self, facts: &[KeptFact]) {
        let epochs = facts.iter().filter(|kept| kept.fact.key == FactKey::Epoch);
        if let Some(epoch) = epochs.map(|kept| kept.fact.at_least).max() {
            self.epoch.fetch_max(epoch, Ordering::Release);
        }
    }
}

/// One error of the whole group, told to each of its verbs. A commit that failed is not known to be undone:
/// the answer is an outage, never an outcome.
fn group_fault(error: &rusqlite::Error) -> Fault {
    match error {
        rusqlite::Error::SqliteFailure(failure, text) => {
            fault(rusqlite::Error::SqliteFailure(*failure, text.clone()))
        }
        _ => Fault::of(FaultKind::Unavailable),
    }
}
