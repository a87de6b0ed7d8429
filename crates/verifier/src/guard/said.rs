//! How often what was said of a token.

use super::Checked;
use crate::tokens::Verdict;
use core::sync::atomic::{AtomicU64, Ordering};

/// How often what was said of a request.
#[derive(Debug, Default)]
pub(super) struct Said([AtomicU64; OUTCOMES.len()]);

const OUTCOMES: [&str; 7] = ["valid", "expired", "revoked", "stale", "not_here", "invalid", "unknown"];

impl Said {
    pub(super) fn counted(&self, checked: Checked) -> Checked {
        let outcome = match &checked {
            Checked::Known(Verdict::Valid(_)) => 0,
            Checked::Known(Verdict::Expired) => 1,
            Checked::Known(Verdict::Revoked) => 2,
            Checked::Known(Verdict::Stale) => 3,
            Checked::Known(Verdict::NotHere(_)) => 4,
            Checked::Known(Verdict::Invalid(_)) => 5,
            Checked::Unknown(_) => 6,
        };
        if let Some(count) = self.0.get(outcome) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        checked
    }

    /// Each outcome, and how often it was.
    pub(super) fn counts(&self) -> [(&'static str, u64); OUTCOMES.len()] {
        let mut counts = OUTCOMES.map(|outcome| (outcome, 0));
        counts.iter_mut().zip(&self.0).for_each(|((_, count), known)| *count = known.load(Ordering::Relaxed));
        counts
    }
}
