//! A ledger that does what it is asked, and whose answer is lost; or that is gone when it is asked.

use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::{Intent, LaneTail, Ledger};
use cloakroom_store::stores::Stores;
use parking_lot::Mutex;
use std::sync::Arc;

/// What happens to the next publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing of note.
    Well,
    /// It is done, and its answer is lost.
    AnswerIsLost,
    /// The same; and nobody can ask what became of it.
    AndNobodyAnswers,
    /// It is not done, and nobody can ask.
    NobodyAnswers,
}

pub(crate) struct Doubtful {
    inner: Arc<dyn Ledger>,
    pub(crate) next: Mutex<Next>,
    /// Done just before it is published.
    pub(crate) before: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

fn outage<T>() -> Answer<T> {
    Err(Fault::of(FaultKind::Unavailable))
}

#[async_trait]
impl Ledger for Doubtful {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        self.inner.generations(subject).await
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        self.inner.known(keys).await
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        self.inner.heads().await
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        self.inner.since(after, at_most).await
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        match *self.next.lock() {
            Next::NobodyAnswers => return outage(),
            Next::Well | Next::AnswerIsLost | Next::AndNobodyAnswers => {}
        }
        self.inner.publish(trail).await
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        let before = self.before.lock().take();
        before.into_iter().for_each(|before| before());
        let next = *self.next.lock();
        if next != Next::NobodyAnswers {
            let answer = self.inner.publish_as(intent, trail).await;
            if next == Next::Well {
                return answer;
            }
        }
        outage()
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        let next = *self.next.lock();
        match next {
            Next::AndNobodyAnswers | Next::NobodyAnswers => outage(),
            Next::Well | Next::AnswerIsLost => self.inner.settle(intent).await,
        }
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        self.inner.forget(at_most).await
    }
}

impl Doubtful {
    /// In place of the ledger of these stores.
    pub(crate) fn of(stores: Stores) -> (Arc<Self>, Stores) {
        let (next, before) = (Mutex::new(Next::Well), Mutex::default());
        let ledger = Arc::new(Self { inner: stores.ledger.clone(), next, before });
        (ledger.clone(), Stores { ledger, ..stores })
    }
}
