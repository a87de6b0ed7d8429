//! A session is changed by somebody else than its holder: an administrator adds a group. Every copy is stale at
//! once; the ticket stays good and is replaced as in a periodic rotation.

use super::facts::stale_below;
use crate::audit::tell::By;
use crate::refusal::Stop;
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Time;

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// Groups to add. To take one away is to demote, and that raises the user's generation.
    pub gained: &'a [Group],
    /// Who asks.
    pub by: &'a By,
}

/// The session as it was read.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session.
    pub session: &'a Session,
}

/// What to commit; nothing, if nothing changes.
pub type Decision = Option<(Session, Trail)>;

/// Decides.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let mut session = facts.session.clone();
    session.groups.extend_from_slice(request.gained);
    session.groups.sort();
    session.groups.dedup();
    if session.groups == facts.session.groups {
        return Ok(None);
    }
    session.version = session.version.saturating_add(1);
    // As old as can be: the next request is offered a new ticket.
    session.rotated = Time::from_millis(0);
    let event =
        request.by.tells_of(&session, EventName::SessionRotated, Reason::GroupsChanged, now, entropy)?;
    let trail = Trail { facts: vec![stale_below(&session)], events: vec![event] };
    Ok(Some((session, trail)))
}

#[cfg(test)]
mod tests;
