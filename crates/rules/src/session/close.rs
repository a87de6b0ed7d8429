//! One session ends: its holder signs out, or it is revoked.

use super::facts::ended;
use crate::audit::tell::By;
use crate::refusal::Stop;
use cloakroom_model::ports::Entropy;
use cloakroom_model::records::event::{EventName, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Time;

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its holder signs out.
    SignOut,
    /// The user ends it from another session.
    RevokedByUser,
    /// An administrator ends it.
    RevokedByAdmin,
    /// The session it hangs from ends.
    ParentEnded,
}

/// What is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// Why.
    pub why: Why,
    /// Who asks.
    pub by: &'a By,
}

/// The session as it was read.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The session.
    pub session: &'a Session,
}

/// What its end leaves behind.
pub type Decision = Trail;

/// Decides.
pub fn decide(
    request: &Request<'_>,
    facts: &Facts<'_>,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<Decision, Stop> {
    let reason = match request.why {
        Why::SignOut => Reason::SignOut,
        Why::RevokedByUser => Reason::RevokedByUser,
        Why::RevokedByAdmin => Reason::RevokedByAdmin,
        Why::ParentEnded => Reason::ParentEnded,
    };
    let event = request.by.tells_of(facts.session, EventName::SessionClosed, reason, now, entropy)?;
    Ok(Trail { facts: vec![ended(facts.session)], events: vec![event] })
}

#[cfg(test)]
mod tests;
