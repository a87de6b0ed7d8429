//! What an engine knows of its followers.

use super::delays::Delays;
use super::reads::Reads;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::Barrier;
use cloakroom_rules::feed::said::Incarnation;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

#[derive(Debug)]
pub(crate) struct Feed {
    /// Which truth this is, in the first era of its store.
    drawn: [u8; 16],
    /// No verifier bears more.
    pub(crate) bears: Span,
    pub(crate) barrier: Mutex<Barrier>,
    pub(crate) reads: Reads,
    pub(crate) delays: Arc<Delays>,
    /// A follower has said how far it is.
    pub(crate) news: Notify,
    /// Something was committed, or the keys are others.
    pub(crate) hints: watch::Sender<()>,
}

impl Feed {
    /// Of an engine that has just opened its store. Nobody can know whether the store was put back before that, so it is another truth each time:
    /// followers read it from its beginning.
    pub(crate) fn draw(
        now: Span,
        bears_at_most: Span,
        hints: watch::Sender<()>,
        delays: Arc<Delays>,
        entropy: &dyn Entropy,
    ) -> Result<Self, NoEntropy> {
        let mut of = [0; 16];
        entropy.fill(&mut of)?;
        Ok(Self {
            drawn: of,
            bears: bears_at_most,
            barrier: Mutex::new(Barrier::new(now, bears_at_most)),
            reads: Reads::default(),
            delays,
            news: Notify::new(),
            hints,
        })
    }

    /// Which truth this is in an era: another one in each.
    pub(crate) fn of(&self, era: u64) -> Incarnation {
        let mut of = self.drawn;
        let last = of.iter_mut().rev().zip(era.to_le_bytes());
        last.for_each(|(byte, of_era)| *byte ^= of_era);
        Incarnation(of)
    }
}
