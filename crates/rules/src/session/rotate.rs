//! A session's privilege rises in its own request: a new ticket at once, no grace for the old one.

use super::binding::Client;
use super::facts::stale_below;
use crate::audit::tell::By;
use crate::login::proof::LoginProof;
use crate::refusal::{Refusal, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Origin, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::time::Time;

/// Why the ticket is replaced.
#[derive(Debug)]
pub enum Why<'a> {
    /// A stronger or fresher proof of the same user, from this client.
    StepUp(&'a LoginProof, &'a Client),
    /// Groups the user has gained. To take one away is to demote, and that raises the user's generation.
    Groups(&'a [Group]),
    /// The client, as it is now.
    Binding(&'a Client),
}

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// Why.
    pub why: Why<'a>,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
}

/// The session as it was read.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session.
    pub session: &'a Session,
    /// It is in its cookie and nowhere else: of two changes of one cookie at the same moment both are the next one, and both are good.
    pub is_carried: bool,
}

/// The session as it shall be under its new ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// A later version.
    pub session: Session,
    /// What is published and told.
    pub trail: Trail,
}

/// Decides.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let mut session = under_new_ticket(facts.session, now);
    if facts.is_carried {
        session.version = facts.session.version.saturating_add(1);
    }
    let reason = match request.why {
        Why::StepUp(proof, client) => {
            if session.subject.as_ref() != Some(proof.subject()) {
                return Err(Refusal::AnotherUser.into());
            }
            session.assurance = Some(proof.assurance().clone());
            session.generations = proof.generations();
            session.binding = session.binding.as_ref().map(|noted| client.noted_over(noted));
            Reason::StepUp
        }
        Why::Groups(groups) => {
            session.groups.extend_from_slice(groups);
            session.groups.sort();
            session.groups.dedup();
            Reason::GroupsChanged
        }
        Why::Binding(client) => {
            session.binding = client.to_binding();
            Reason::Binding
        }
    };
    let by = By::holder(&session, request.origin.clone());
    let event = by.tells_of(&session, EventName::SessionRotated, reason, now, entropy)?;
    let trail = Trail { facts: vec![stale_below(&session)], events: vec![event] };
    Ok(Decision { session, trail })
}

/// A version that nobody reaches who counts on from an earlier one, change by change: a record that was put aside is older than this.
fn beyond_counting(version: u64, now: Time) -> u64 {
    version.saturating_add(1).max(u64::try_from(now.millis()).unwrap_or_default())
}

/// The count of tickets rises by two: the CSRF tokens of the one before are those of no ticket any more.
pub(super) fn under_new_ticket(session: &Session, now: Time) -> Session {
    let mut session = session.clone();
    session.version = beyond_counting(session.version, now);
    session.ticket = session.ticket.saturating_add(2);
    session.rotated = now;
    session.last_seen = session.last_seen.max(now);
    session
}

#[cfg(test)]
mod tests;
