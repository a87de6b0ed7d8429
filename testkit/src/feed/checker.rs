//! What is wrong with a verdict, by everything that is known of the world.

use super::truth::{Committed, Truth};
use super::verifier::{Look, Verifier};

/// What was said of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    LetIn,
    Denied,
    Unknown,
}

/// How long after it was taken back somebody is let in, by the clock of who lets them in.
pub(crate) fn age(truth: &Truth, one: &Verifier, look: &Look, now: i64) -> i64 {
    let kept = truth.denying(look.credential).filter(|committed| !committed.is_lost);
    let since = kept.map(|committed| committed.at).min();
    since.map_or(0, |at| one.clock.at(now).as_millis() - one.clock.at(at).as_millis())
}

/// What must not be.
pub(crate) fn wrong(truth: &Truth, one: &Verifier, look: &Look, said: Said, now: i64) -> Option<String> {
    let denying = || truth.denying(look.credential);
    let what = match said {
        Said::Unknown => return None,
        Said::Denied if denying().next().is_some() => return None,
        Said::Denied => "denied, and nobody took it back".to_owned(),
        Said::LetIn => {
            let kept = || denying().filter(|committed| !committed.is_lost);
            let holds = |committed: &Committed| committed.held.is_some_and(|held| held < look.at);
            let age = age(truth, one, look, now);
            let denied = one.denied.get(&look.credential);
            if kept().any(|committed| denied.is_some_and(|denied| committed.at <= *denied)) {
                "let in after it was denied".to_owned()
            } else if look.has_receipt {
                "let in beside the receipt for its end".to_owned()
            } else if kept().any(holds) {
                "let in after that held everywhere".to_owned()
            } else if age > one.bears.as_millis() {
                format!("let in {age} ms after it was taken back, and {} are borne", one.bears.as_millis())
            } else {
                return None;
            }
        }
    };
    Some(format!("{now}: {:?} is {what}", look.credential))
}
