//! What is asked of the authority about one token, on the stream that there is.

use cloakroom_model::records::fact::FactKey;
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

/// So many wait at once. Nobody can make more work than that.
const WAITING: usize = 256;

/// One question, and who wants to know.
#[derive(Debug)]
pub struct Question {
    /// These numbers.
    pub keys: Vec<FactKey>,
    /// In their order. When it goes, there is no answer.
    pub answer: oneshot::Sender<Vec<u64>>,
}

/// From whoever wants to know to the stream.
#[derive(Debug)]
pub struct Questions {
    room: Semaphore,
    sender: Mutex<Option<Sender<Question>>>,
}

impl Default for Questions {
    fn default() -> Self {
        Self { room: Semaphore::new(WAITING), sender: Mutex::default() }
    }
}

impl Questions {
    /// A stream takes them from now on, until it drops this.
    pub fn taken(&self) -> Receiver<Question> {
        let (sender, receiver) = channel(WAITING);
        *self.sender.lock() = Some(sender);
        receiver
    }

    /// Whether there is a stream.
    pub(crate) fn are_taken(&self) -> bool {
        self.sender.lock().as_ref().is_some_and(|sender| !sender.is_closed())
    }

    pub(crate) fn room(&self) -> Option<SemaphorePermit<'_>> {
        self.room.try_acquire().ok()
    }

    /// `None`: there is no stream, or it has ended.
    pub(crate) async fn ask(&self, keys: Vec<FactKey>) -> Option<Vec<u64>> {
        let (answer, answered) = oneshot::channel();
        let sender = self.sender.lock().clone()?;
        sender.try_send(Question { keys, answer }).ok()?;
        answered.await.ok()
    }
}
