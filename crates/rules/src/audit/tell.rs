//! Making events.

use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::records::event::{Actor, Event, EventName, Origin, Outcome, Reason};
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;

/// Who asks, and where from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// Where from.
    pub origin: Origin,
}

impl By {
    /// Cloakroom itself.
    #[must_use]
    pub fn system() -> Self {
        Self { actor: Actor::System, origin: Origin::default() }
    }

    /// Whoever a session belongs to.
    #[must_use]
    pub fn holder(session: &Session, origin: Origin) -> Self {
        let actor = session.subject.clone().map_or(Actor::Nobody, Actor::Subject);
        Self { actor, origin }
    }

    fn tells(&self, name: EventName, now: Time, entropy: &dyn Entropy) -> Result<Event, NoEntropy> {
        let mut salt = [0u8; 16];
        entropy.fill(&mut salt)?;
        Ok(Event {
            name,
            at: now,
            actor: self.actor.clone(),
            subject: None,
            session: None,
            family: None,
            origin: self.origin.clone(),
            outcome: Outcome::Done,
            reason: None,
            salt,
        })
    }

    /// Something happened to a session.
    pub fn tells_of(
        &self,
        session: &Session,
        name: EventName,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells(name, now, entropy)?;
        let (subject, session) = (session.subject.clone(), Some(session.id));
        Ok(Event { subject, session, reason: Some(reason), ..event })
    }

    /// A session's credential was refused.
    pub fn tells_of_refusal(
        &self,
        session: &Session,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells_of(session, EventName::CredentialRefused, reason, now, entropy)?;
        Ok(Event { outcome: Outcome::Refused, ..event })
    }

    /// A cookie was presented that nobody has set like this. Whose it claims to be is not believed.
    pub fn tells_of_cookie(
        &self,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells(EventName::CookieTampered, now, entropy)?;
        Ok(Event { reason: Some(reason), outcome: Outcome::Refused, ..event })
    }

    /// Something happened to a family and the session it renews.
    pub fn tells_of_family(
        &self,
        family: &Family,
        session: &Session,
        name: EventName,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells_of(session, name, reason, now, entropy)?;
        Ok(Event { family: Some(family.id), ..event })
    }

    /// Something happened to a key of ours.
    pub fn tells_of_key(
        &self,
        name: EventName,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells(name, now, entropy)?;
        Ok(Event { reason: Some(reason), ..event })
    }

    /// Something happened that is about nobody's session: to the configuration, or to the credential of a service.
    pub fn tells_of_itself(
        &self,
        name: EventName,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        self.tells(name, now, entropy)
    }

    /// Something happened to a user.
    pub fn tells_of_subject(
        &self,
        subject: &SubjectId,
        name: EventName,
        reason: Reason,
        now: Time,
        entropy: &dyn Entropy,
    ) -> Result<Event, NoEntropy> {
        let event = self.tells(name, now, entropy)?;
        Ok(Event { subject: Some(subject.clone()), reason: Some(reason), ..event })
    }
}
