//! Sessions that ran out are removed. A signed-in one is told of; a visitor's just goes.

use super::check::limit_passed;
use crate::audit::tell::By;
use crate::refusal::{Limit, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;

/// A session that the truth lists as expired.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session.
    pub session: &'a Session,
}

/// What its end leaves behind. No fact: every copy knows its limits.
pub type Decision = Trail;

/// Decides.
pub fn decide(facts: &Facts<'_>, now: Time, entropy: &dyn Entropy) -> Result<Decision, Stop> {
    if facts.session.subject.is_none() {
        return Ok(Trail::none());
    }
    let reason = match limit_passed(facts.session, now) {
        Some(Limit::Absolute) => Reason::Absolute,
        Some(Limit::Idle) | None => Reason::Idle,
    };
    let event = By::system().tells_of(facts.session, EventName::SessionExpired, reason, now, entropy)?;
    Ok(Trail { facts: Vec::new(), events: vec![event] })
}

#[cfg(test)]
mod tests;
