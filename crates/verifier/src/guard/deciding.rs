//! For whoever can wait: until something is known, or until something else is to be said.

use super::{Checked, Guard, MaxStaleness, Otherwise, Route};
use crate::questions::Questions;
use crate::receipts::Receipt;
use crate::tokens::Verdict;
use cloakroom_model::records::fact::{Fact, KeptFact};
use cloakroom_model::words::time::Span;
use core::time::Duration;

/// Nobody says that time has passed.
const LOOKS: Duration = Duration::from_millis(250);
/// Longer nobody waits for what may be known soon.
const PATIENCE: Duration = Duration::from_secs(1);
/// What the authority was asked for is kept so much longer than the token that it was about. The feed says it, too.
const KEPT: Span = Span::minutes(60);

impl Guard {
    /// Waits until something other than "good" is to be said of a token.
    pub async fn over(&self, token: &str, bears: MaxStaleness) -> Checked {
        let mut moved = self.0.moved.subscribe();
        loop {
            moved.mark_unchanged();
            match self.judge(token, bears, None) {
                Checked::Known(Verdict::Valid(_)) => {}
                other => return other,
            }
            let _moved_or_not = tokio::time::timeout(LOOKS, moved.changed()).await;
        }
    }

    /// What is to be said of a token on a route, for whoever can wait a moment: for what a receipt is about, and for the answer of the authority.
    pub async fn decide(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        let mut checked = self.judge_on(token, route, receipt);
        if matches!(checked, Checked::Unknown(_)) && self.may_know_soon(route, receipt) {
            // Whoever comes when too many wait already is told so.
            if let Some(_room) = self.0.questions.room() {
                let found = tokio::time::timeout(PATIENCE, self.found_out(token, route, receipt)).await;
                checked = found.unwrap_or_else(|_| self.judge_on(token, route, receipt));
            }
        }
        self.0.said.counted(checked)
    }

    async fn found_out(&self, token: &str, route: Route, receipt: Option<&Receipt>) -> Checked {
        let mut moved = self.0.moved.subscribe();
        let mut may_ask = route.otherwise == Otherwise::Introspect;
        loop {
            moved.mark_unchanged();
            let checked = self.judge_on(token, route, receipt);
            if matches!(checked, Checked::Known(_)) {
                return checked;
            }
            // Once, as soon as there is a stream, and the key of the token is known.
            if may_ask && self.0.questions.are_taken() && matches!(self.verdict(token), Verdict::Valid(_)) {
                may_ask = false;
                // What comes by itself meanwhile is as good.
                let by_itself = async {
                    while moved.changed().await.is_ok() {
                        let checked = self.judge_on(token, route, receipt);
                        if matches!(checked, Checked::Known(_)) {
                            return Some(checked);
                        }
                    }
                    None
                };
                let known = tokio::select! {
                    known = self.introspected(token, route.bears) => known,
                    known = by_itself => known,
                };
                if let Some(known) = known {
                    return known;
                }
            } else if moved.changed().await.is_err() {
                return checked;
            }
        }
    }

    /// Asks the authority for everything that a token depends on. What it says is joined to what is known: once denied, for ever.
    async fn introspected(&self, token: &str, bears: MaxStaleness) -> Option<Checked> {
        let Verdict::Valid(seen) = self.verdict(token) else { return None };
        let keys: Vec<_> = seen.depends_on().map(|(key, _)| key).collect();
        let asked = self.0.clock.since_boot();
        let numbers =
            self.0.questions.ask(keys.clone()).await.filter(|numbers| numbers.len() == keys.len())?;
        let until = seen.token().expires.plus(KEPT);
        let known = keys.into_iter().zip(numbers).filter(|(_, at_least)| *at_least > 0);
        let facts: Vec<_> =
            known.map(|(key, at_least)| KeptFact { fact: Fact { key, at_least }, until }).collect();
        self.learn(&facts);
        let verdict = self.verdict(token);
        // The answer may have been long on its way.
        let took = Span::millis(self.0.clock.since_boot().as_millis() - asked.as_millis());
        (took <= bears.0.min(self.bears_at_most())).then_some(Checked::Known(verdict))
    }

    /// What verifiers in this process want to know of the authority.
    #[must_use]
    pub fn questions(&self) -> &Questions {
        &self.0.questions
    }

    /// Waits until it knows something: how old that may be is another question.
    pub async fn knows(&self) {
        let mut moved = self.0.moved.subscribe();
        while self.staleness().is_none() && moved.changed().await.is_ok() {}
    }
}
