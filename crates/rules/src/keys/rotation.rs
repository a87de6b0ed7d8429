//! When keys are made, put to use, retired and wiped. Each step is one commit, and the next step follows from what is kept: wherever
//! a process is killed, the one after it goes on from there.

pub use cloakroom_crypto::signing_key::PairAlg;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::words::id::KeyId;
use cloakroom_model::words::time::{Span, Time};

/// How signing keys live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPolicy {
    /// What kind of key.
    pub alg: PairAlg,
    /// How long a key signs before the next one takes over.
    pub active_for: Span,
    /// How long a key is published before it signs: as long as anybody may keep an older set of keys.
    pub published_before: Span,
    /// How long a key is published after it has signed: as long as what it signed may live.
    pub published_after: Span,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self {
            alg: PairAlg::Es256,
            active_for: Span::days(30),
            published_before: Span::hours(1),
            published_after: Span::hours(1),
        }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make the next key, and publish it.
    Make,
    /// Let this one sign.
    Activate(KeyId),
    /// Let this one sign no more.
    Retire(KeyId),
    /// Nothing it signed can be alive: wipe it.
    Wipe(KeyId),
    /// Nobody can open it any more: let go of it, from whatever state it is in.
    Drop(KeyId, KeyState),
}

/// The next step that is due, if any. After it was done, ask again.
#[must_use]
pub fn due(keys: &[KeyRecord], policy: &KeyPolicy, now: Time) -> Option<Step> {
    let in_state = |state| keys.iter().filter(move |key| key.state == state);
    let newest = in_state(KeyState::Active).max_by_key(|key| key.kid);
    let next = in_state(KeyState::Next).min_by_key(|key| key.kid);
    let Some(newest) = newest else {
        // The first start, or the key in use was destroyed: nobody is served by waiting.
        return Some(next.map_or(Step::Make, |next| Step::Activate(next.id)));
    };
    if let Some(earlier) = in_state(KeyState::Active).find(|key| key.kid != newest.kid) {
        return Some(Step::Retire(earlier.id));
    }
    if let Some(next) = next.filter(|next| now >= next.created.plus(policy.published_before)) {
        return Some(Step::Activate(next.id));
    }
    let ends = newest.changed.plus(policy.active_for);
    if next.is_none() && now.plus(policy.published_before) >= ends {
        return Some(Step::Make);
    }
    let over = |key: &&KeyRecord| now >= key.changed.plus(policy.published_after);
    in_state(KeyState::Retired).find(over).map(|key| Step::Wipe(key.id))
}

/// The number of the next key of a purpose. Numbers are never used again.
#[must_use]
pub fn next_number(keys: &[KeyRecord]) -> Option<u16> {
    keys.iter().map(|key| key.kid).max().unwrap_or_default().checked_add(1)
}

#[cfg(test)]
mod tests;
