//! How long it takes from a commit until a follower has said that it knows: by the authority's clock alone, there and back.

use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::said::Heads;
use cloakroom_verifier::metrics::Histogram;
use parking_lot::Mutex;
use std::collections::VecDeque;

/// So many reads are remembered. Whoever is further behind is not measured.
const REMEMBERED: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Delays {
    commits: Mutex<Commits>,
    pub(crate) took: Histogram,
}

#[derive(Debug, Default)]
struct Commits {
    /// The first commit that no read has found yet.
    unread: Option<Span>,
    /// Up to where each read found the truth, and the first commit that it was the first to find.
    found: VecDeque<(Heads, Span)>,
}

fn is_upto(one: &Heads, other: &Heads) -> bool {
    one.iter().all(|(lane, head)| other.get(lane).is_some_and(|known| known >= head))
}

impl Delays {
    /// Something was committed.
    pub(crate) fn committed(&self, now: Span) {
        self.commits.lock().unread.get_or_insert(now);
    }

    /// A read begins: it finds everything that was committed before.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading { delays: self, first: self.commits.lock().unread.take() }
    }

    /// A follower has said that it knows everything up to there. What was there when it came, or it had said before, is nothing new.
    pub(crate) fn has(&self, now: Span, (since, before): (Span, Option<&Heads>), upto: &Heads) {
        let is_news =
            |heads: &Heads| is_upto(heads, upto) && before.is_none_or(|before| !is_upto(heads, before));
        let commits = self.commits.lock();
        let news = commits.found.iter().filter(|(heads, first)| *first >= since && is_news(heads));
        news.for_each(|(_, first)| self.took.took(now.as_millis() - first.as_millis()));
    }
}

/// A read on its way. One that finds nothing, or is given up, leaves its commits to the next one.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    delays: &'a Delays,
    first: Option<Span>,
}

impl Reading<'_> {
    /// It found the truth up to there.
    pub(crate) fn found(mut self, upto: Heads) {
        let Some(first) = self.first.take() else { return };
        let mut commits = self.delays.commits.lock();
        commits.found.push_back((upto, first));
        if commits.found.len() > REMEMBERED {
            commits.found.pop_front();
        }
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        if let Some(first) = self.first {
            let mut commits = self.delays.commits.lock();
            commits.unread = Some(commits.unread.map_or(first, |later| later.min(first)));
        }
    }
}

#[cfg(test)]
mod tests;
