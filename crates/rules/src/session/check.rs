//! A request presents a ticket.

use super::binding::Client;
use super::facts::{ended, stale_below};
use super::policy::{BindingPolicy, SessionPolicy};
use crate::audit::tell::By;
use crate::refusal::{Limit, Refusal, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Origin, Reason};
use cloakroom_model::records::session::{Generations, Session, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::time::Time;

/// What comes with the ticket.
#[derive(Debug)]
pub struct Request<'a> {
    /// The host it was sent to.
    pub host: &'a Host,
    /// Who sent it.
    pub client: &'a Client,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
    /// Whether an answer can carry a new ticket.
    pub renewable: bool,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a request wants of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To use it.
    #[default]
    Use,
    /// To confirm who it is: a changed client is no hindrance to that.
    StepUp,
}

/// What the truth says of the ticket.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session it names.
    pub session: &'a Session,
    /// What it is to the session.
    pub standing: Standing,
    /// How many tickets are pending.
    pub pending: u32,
    /// The counters as they are.
    pub truth: Generations,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The session is good.
    Live(Live),
    /// It is not, and this is to be told.
    Refuse(Refusal, Trail),
    /// It is not any more: end it.
    End(Refusal, Trail),
}

/// A good session, and what it wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The ticket is a pending one: it takes over now, and this is told of it.
    pub promote: Option<Trail>,
    /// Hand out a pending ticket.
    pub offer: bool,
    /// Until when nothing but a fact changes this decision, the idle limit aside.
    pub good_until: Time,
    /// The client has changed, and that is all right: the session as it notes that, and what is told.
    pub note: Option<Box<(Session, Trail)>>,
}

/// Decides.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    policy: &SessionPolicy,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let session = facts.session;
    let by = || By::holder(session, request.origin.clone());
    let refused = |reason| {
        Ok::<_, Stop>(Trail {
            facts: Vec::new(),
            events: vec![by().tells_of_refusal(session, reason, now, entropy)?],
        })
    };
    if session.host != *request.host {
        return Ok(Decision::Refuse(Refusal::WrongHost, refused(Reason::WrongHost)?));
    }
    if session.generations.superseded_by(facts.truth) {
        return Ok(Decision::Refuse(Refusal::Ended, refused(Reason::Superseded)?));
    }
    if let Some(limit) = limit_passed(session, now) {
        return Ok(Decision::Refuse(Refusal::Expired(limit), Trail::none()));
    }
    if let Standing::Superseded(at) = facts.standing
        && now > at.plus(policy.overlap)
    {
        let event = by().tells_of(session, EventName::TwoHolders, Reason::TwoHolders, now, entropy)?;
        return Ok(Decision::End(
            Refusal::TwoHolders,
            Trail { facts: vec![ended(session)], events: vec![event] },
        ));
    }
    let mut note = None;
    if let Some(noted) = &session.binding {
        match (policy.binding, request.purpose) {
            (BindingPolicy::Record, _) if session.subject.is_some() && request.client.differs_from(noted) => {
                let mut noting = session.clone();
                noting.version = noting.version.saturating_add(1);
                noting.binding = Some(request.client.noted_over(noted));
                let event =
                    by().tells_of(session, EventName::BindingChanged, Reason::Binding, now, entropy)?;
                let trail = Trail { facts: vec![stale_below(&noting)], events: vec![event] };
                note = Some(Box::new((noting, trail)));
            }
            (BindingPolicy::StepUp, Purpose::Use) if !request.client.shows_all_of(noted) => {
                return Ok(Decision::Refuse(Refusal::StepUpRequired, refused(Reason::Binding)?));
            }
            (BindingPolicy::Reject, _) if !request.client.shows_all_of(noted) => {
                return Ok(Decision::Refuse(Refusal::ClientChanged, refused(Reason::Binding)?));
            }
            _ => {}
        }
    }
    let promote = match facts.standing {
        Standing::Pending if session.subject.is_none() => Some(Trail::none()),
        Standing::Pending => {
            let event = by().tells_of(session, EventName::SessionRotated, Reason::Periodic, now, entropy)?;
            Some(Trail { facts: Vec::new(), events: vec![event] })
        }
        Standing::Current | Standing::Superseded(_) => None,
    };
    let due = session.rotated.plus(policy.rotate_after);
    let is_due = now >= due && facts.standing == Standing::Current;
    let offer = is_due && request.renewable && facts.pending < policy.pending_at_most;
    let next_look = match (is_due, offer) {
        (false, _) => due,
        (true, false) => now.plus(policy.overlap),
        (true, true) => now,
    };
    Ok(Decision::Live(Live { promote, offer, good_until: next_look.min(session.absolute), note }))
}

/// Which limit a session has passed, if any. A limit is the first moment that is too late.
#[must_use]
pub fn limit_passed(session: &Session, now: Time) -> Option<Limit> {
    if now >= session.absolute {
        Some(Limit::Absolute)
    } else if now >= session.expires() {
        Some(Limit::Idle)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
