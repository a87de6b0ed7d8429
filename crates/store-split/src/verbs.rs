//! Verbs: planned on what was read, committed, and planned anew when somebody else was faster. One that was begun runs to its end, whoever
//! waits for it.

use crate::draft::Draft;
use crate::front::Front;
use crate::halt::{Halt, Step};
use cloakroom_model::records::trail::Receipt;
use cloakroom_store::cells::CellKey;
use cloakroom_store::directory::Changed;
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::Intent;
use core::future::Future;
use core::sync::atomic::Ordering;
use core::time::Duration;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// How long a verb tries when others are in the way.
const TRIES_FOR: Duration = Duration::from_secs(10);
/// How long a claim may stay before somebody else brings it to its end.
const CLAIMED_AT_MOST: Duration = Duration::from_secs(1);
/// How many verbs may be under way. Beyond it the store is overloaded and says so at once.
const QUEUE: usize = 16_384;

/// What a verb will do.
pub(crate) enum Plan<A> {
    /// Nothing: this is the answer.
    Nothing(A),
    /// What it has drafted; the answer is made of the receipt.
    Commit(Box<dyn FnOnce(Receipt) -> A + Send>),
}

impl<A> Plan<A> {
    pub(crate) fn commit(answer: impl FnOnce(Receipt) -> A + Send + 'static) -> Self {
        Self::Commit(Box::new(answer))
    }
}

/// What is read of both stores, or changed in both.
pub(crate) trait Verb: Send + Sync + 'static {
    type Answer: Send + 'static;

    fn plan(&self, draft: &mut Draft<'_>) -> impl Future<Output = Step<Plan<Self::Answer>>> + Send;

    /// The same without the fast store, when that fails. What takes back can be done so: what the durable store knows outweighs the cells.
    fn alone(&self, _front: &Front) -> impl Future<Output = Option<Answer<Self::Answer>>> + Send {
        async { None }
    }

    /// The answer when the durable store does not change the person; by default it is planned anew.
    fn refused(&self, _why: Changed) -> Option<Self::Answer> {
        None
    }
}

/// A verb that is under way, however it ends.
struct UnderWay(Arc<Front>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Release);
    }
}

/// How long it was waited for others.
struct Patience {
    began: Instant,
    tries: u32,
    claimed: Option<(Intent, Instant)>,
}

impl Front {
    pub(crate) async fn run<V: Verb>(self: &Arc<Self>, verb: V) -> Answer<V::Answer> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Fault::of(FaultKind::Closed));
        }
        if self.under_way.fetch_add(1, Ordering::Relaxed) >= QUEUE {
            self.under_way.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::of(FaultKind::Unavailable));
        }
        let under_way = UnderWay(self.clone());
        let ran = self.runtime.spawn(async move { under_way.0.until_done(&verb).await });
        ran.await.unwrap_or_else(|_| Err(Fault::of(FaultKind::Closed)))
    }

    pub(crate) async fn until_done<V: Verb>(&self, verb: &V) -> Answer<V::Answer> {
        let mut patience = Patience { began: Instant::now(), tries: 0, claimed: None };
        loop {
            let fault = match self.once(verb).await {
                Ok(answer) => return Ok(answer),
                Err(Halt::Unsure(fault)) => return Err(fault),
                Err(Halt::Fault(fault)) => fault,
                Err(_) if patience.began.elapsed() > TRIES_FOR => Fault::of(FaultKind::Unavailable),
                Err(Halt::Again) => {
                    patience.waits(None).await;
                    continue;
                }
                Err(Halt::Claimed(key, intent)) if patience.is_over_with(intent) => {
                    match self.finish(intent, &[key] as &[CellKey]).await {
                        Ok(()) => continue,
                        Err(fault) => fault,
                    }
                }
                Err(Halt::Claimed(_, intent)) => {
                    patience.waits(Some(intent)).await;
                    continue;
                }
            };
            return verb.alone(self).await.unwrap_or(Err(fault));
        }
    }

    async fn once<V: Verb>(&self, verb: &V) -> Step<V::Answer> {
        let mut draft = Draft::new(self);
        match verb.plan(&mut draft).await? {
            Plan::Nothing(answer) => Ok(answer),
            Plan::Commit(answer) => match draft.commit().await? {
                Ok(receipt) => Ok(answer(receipt)),
                Err(why) => verb.refused(why).ok_or(Halt::Again),
            },
        }
    }
}

impl Patience {
    /// Whether this change has been in the way for so long that nobody brings it to its end.
    fn is_over_with(&self, intent: Intent) -> bool {
        self.claimed.is_some_and(|(claimed, since)| claimed == intent && since.elapsed() > CLAIMED_AT_MOST)
    }

    async fn waits(&mut self, for_whom: Option<Intent>) {
        self.tries += 1;
        let stays = self.claimed.filter(|(claimed, _)| Some(*claimed) == for_whom);
        self.claimed = stays.or(for_whom.map(|intent| (intent, Instant::now())));
        // Those who were in the way of each other come back at different times.
        let apart = u64::from(self.began.elapsed().subsec_nanos() % 7);
        sleep(Duration::from_millis((u64::from(self.tries) + apart).min(10))).await;
    }
}
