//! A browser that is sent to sign in again and again, though it keeps what it is given: nothing it does will help, so it is told why.

use cloakroom_model::words::time::{Span, Time};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// So often in this time is a circle.
const TIMES: usize = 3;
const WITHIN: Span = Span::seconds(10);
/// How many browsers are remembered.
const BROWSERS: usize = 4_096;

/// When each browser was sent to sign in, lately.
#[derive(Debug, Default)]
pub(crate) struct Loops(Mutex<BTreeMap<String, Vec<Time>>>);

impl Loops {
    /// Whoever is asked for a password does not go round in circles.
    pub(super) fn stops(&self, browser: &str) {
        self.0.lock().remove(browser);
    }

    /// One more time. Answers whether it goes round in circles.
    pub(crate) fn is_one(&self, browser: &str, now: Time) -> bool {
        let is_recent = |time: &Time| now >= *time && now < time.plus(WITHIN);
        let mut seen = self.0.lock();
        if seen.len() >= BROWSERS && !seen.contains_key(browser) {
            seen.retain(|_, times| times.iter().any(is_recent));
            if seen.len() >= BROWSERS {
                return false;
            }
        }
        let times = seen.entry(browser.to_owned()).or_default();
        times.retain(is_recent);
        times.push(now);
        if times.len() > TIMES {
            // Whoever tries again begins anew.
            times.clear();
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests;
