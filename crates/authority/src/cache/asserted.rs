//! What apps were told a moment ago: the same is said again while it is young enough, and nothing was taken back meanwhile.

use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So much is remembered; beyond it all of it is forgotten and said anew.
const AT_MOST: usize = 20_000;

/// What something was said about: a session as it was, a host, a method.
pub(crate) type About = (SessionId, u64, String, String);

#[derive(Debug)]
struct Said {
    text: Arc<str>,
    expires: Time,
    turn: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Asserted(Mutex<BTreeMap<About, Said>>);

impl Asserted {
    /// What was said, if it is good for so long and the table has not moved.
    pub(crate) fn again(&self, about: &About, turn: u64, now: Time, left: Span) -> Option<Arc<str>> {
        let said = self.0.lock();
        let found = said.get(about)?;
        (found.turn == turn && now.plus(left) <= found.expires).then(|| found.text.clone())
    }

    pub(crate) fn remember(&self, about: About, text: Arc<str>, expires: Time, turn: u64) {
        let mut said = self.0.lock();
        if said.len() >= AT_MOST {
            said.clear();
        }
        said.insert(about, Said { text, expires, turn });
    }
}
