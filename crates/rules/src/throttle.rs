//! How often somebody may try.

use cloakroom_model::words::time::{Span, Time};
use std::collections::BTreeMap;

/// How many tickets that nobody was given one network may present in a minute, before those that are not known yet are not
/// even looked up. Somebody whose session just ended presents one.
const AT_MOST: u32 = 60;
const WINDOW: Span = Span::minutes(1);
/// How many networks are remembered; beyond it the oldest are forgotten.
const NETWORKS: usize = 10_000;

/// Tickets that nobody was given, by network.
#[derive(Debug, Default)]
pub struct Guesses {
    counts: BTreeMap<String, (Time, u32)>,
}

impl Guesses {
    /// Whether a network has guessed too often.
    #[must_use]
    pub fn are_too_many(&self, network: &str, now: Time) -> bool {
        self.counts.get(network).is_some_and(|(since, count)| *count >= AT_MOST && is_within(*since, now))
    }

    /// One more.
    pub fn count(&mut self, network: &str, now: Time) {
        if !self.counts.contains_key(network) && self.counts.len() >= NETWORKS {
            self.counts.retain(|_, (since, _)| is_within(*since, now));
            if self.counts.len() >= NETWORKS {
                // All of them in one minute: whoever has so many networks is not held up by this.
                self.counts.clear();
            }
        }
        let entry = self.counts.entry(network.to_owned()).or_insert((now, 0));
        if !is_within(entry.0, now) {
            *entry = (now, 0);
        }
        entry.1 = entry.1.saturating_add(1);
    }
}

fn is_within(since: Time, now: Time) -> bool {
    now >= since && now < since.plus(WINDOW)
}

#[cfg(test)]
mod tests;
