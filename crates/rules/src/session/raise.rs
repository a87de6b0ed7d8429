//! A user's generation rises: every session and token from before is over, the one that asked aside.

use super::facts::{raised, stale_below};
use super::rotate::under_new_ticket;
use crate::audit::tell::By;
use crate::refusal::{Refusal, Stop};
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::session::{Generations, Session};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_model::words::time::Time;

/// Why everything of a user ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// "Sign out everywhere", or "everywhere else".
    SignOutEverywhere,
    /// By an administrator.
    RevokedByAdmin,
    /// A password or another factor was changed or reset.
    CredentialChanged,
    /// A group was taken away; these are left.
    Demoted(Vec<Group>),
    /// The user was disabled.
    Disabled,
}

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// Whose.
    pub subject: &'a SubjectId,
    /// Why.
    pub why: &'a Why,
    /// Who asks.
    pub by: &'a By,
}

/// What must be known.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The counters.
    pub truth: Generations,
    /// The session that asked and stays.
    pub keep: Option<&'a Session>,
    /// What the counter must reach: more than one, where the counters of credentials that are still about are not known.
    pub at_least: u64,
}

/// What to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The session that stays, stamped anew, under a new ticket.
    pub keep: Option<Session>,
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
    let generation = facts.truth.user.saturating_add(1).max(facts.at_least);
    let mut keep = facts.keep.map(|session| under_new_ticket(session, now));
    if let Some(session) = &mut keep {
        if session.subject.as_ref() != Some(request.subject) || *request.why == Why::Disabled {
            return Err(Refusal::AnotherUser.into());
        }
        session.generations = Generations { user: generation, ..facts.truth };
        // What it hung from is over too: it goes on by itself.
        session.parent = None;
        if let Why::Demoted(left) = request.why {
            session.groups.clone_from(left);
        }
    }
    let (name, reason) = match request.why {
        Why::SignOutEverywhere => (EventName::FactPublished, Reason::SignOut),
        Why::RevokedByAdmin => (EventName::FactPublished, Reason::RevokedByAdmin),
        Why::CredentialChanged => (EventName::PasswordChange, Reason::PasswordChange),
        Why::Demoted(_) => (EventName::FactPublished, Reason::GroupsChanged),
        Why::Disabled => (EventName::UserDisabled, Reason::Disabled),
    };
    let mut trail = Trail {
        facts: vec![raised(request.subject.clone(), generation)],
        events: vec![request.by.tells_of_subject(request.subject, name, reason, now, entropy)?],
    };
    if let Some(session) = &keep {
        trail.facts.push(stale_below(session));
        trail.events.push(request.by.tells_of(session, EventName::SessionRotated, reason, now, entropy)?);
    }
    Ok(Decision { keep, trail })
}

#[cfg(test)]
mod tests;
