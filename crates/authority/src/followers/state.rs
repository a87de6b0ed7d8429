//! What an engine knows of its followers.

use super::reads::Reads;
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::Barrier;
use cloakroom_rules::feed::said::Incarnation;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

/// No verifier may bear more: `everywhere()` waits no longer for one that is gone, and so long after a start.
pub(crate) const BEARS_AT_MOST: Span = Span::seconds(10);

#[derive(Debug)]
pub(crate) struct Feed {
    /// Which truth this is.
    pub(crate) of: Incarnation,
    pub(crate) barrier: Mutex<Barrier>,
    pub(crate) reads: Reads,
    /// A follower has said how far it is.
    pub(crate) news: Notify,
    /// Something was committed, or the keys are others.
    pub(crate) hints: watch::Sender<u64>,
}

impl Feed {
    /// Of a store that was first written under this root key record, in this epoch: one that was made anew has another record, and one that
    /// was put back has a higher epoch.
    pub(crate) fn new(first: Option<KeyId>, epoch: u64, now: Span, hints: watch::Sender<u64>) -> Self {
        let first = first.map(KeyId::to_bytes).unwrap_or_default();
        let Digest(digest) = Digest::of(&[b"cloakroom-truth/1", &first, &epoch.to_be_bytes()]);
        let mut of = [0; 16];
        of.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
        Self {
            of: Incarnation(of),
            barrier: Mutex::new(Barrier::new(now, BEARS_AT_MOST)),
            reads: Reads::default(),
            news: Notify::new(),
            hints,
        }
    }
}
