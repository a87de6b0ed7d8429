//! CSRF tokens, and what is told of requests and cookies that were refused.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::event::{Actor, EventName, Origin, Outcome, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::csrf::token::{Bearer, is_good, issue};

impl Authority {
    /// A token for a page of a session, or of a visitor.
    pub fn csrf_token(&self, origin: &WebOrigin, bearer: Bearer<'_>) -> Result<String, Denied> {
        issue(&self.0.ring, origin, bearer, &*self.0.entropy).map_err(|_| Denied::NoSecrets)
    }

    /// Whether a token is good for who sent it.
    #[must_use]
    pub fn csrf_is_good(&self, origin: &WebOrigin, bearer: Bearer<'_>, token: &str) -> bool {
        is_good(&self.0.ring, origin, bearer, token)
    }

    /// Tells of a cookie that nobody has set like this, once in a while however many there are.
    pub async fn tell_of_cookie(&self, reason: Reason, origin: &Origin) -> Result<(), Denied> {
        let by = By { actor: Actor::Nobody, origin: origin.clone() };
        let events = vec![by.tells_of_cookie(reason, self.now(), &*self.0.entropy)?];
        self.tell_if_news(&Trail { facts: Vec::new(), events }).await
    }

    /// Tells that a request in the name of a session was meant by nobody who is signed in there, once in a while however many there are.
    pub async fn tell_of_csrf(&self, session: &Session, origin: &Origin) -> Result<(), Denied> {
        self.tell_of_refusal(session, origin, EventName::CsrfRefused, Reason::Csrf).await
    }

    /// Tells that somebody asked for what is for others, once in a while however often they do.
    pub async fn tell_of_no_access(&self, session: &Session, origin: &Origin) -> Result<(), Denied> {
        self.tell_of_refusal(session, origin, EventName::AccessRefused, Reason::NotAllowed).await
    }

    async fn tell_of_refusal(
        &self,
        session: &Session,
        origin: &Origin,
        name: EventName,
        reason: Reason,
    ) -> Result<(), Denied> {
        let by = By::holder(session, origin.clone());
        let event = by.tells_of(session, name, reason, self.now(), &*self.0.entropy)?;
        let events = vec![cloakroom_model::records::event::Event { outcome: Outcome::Refused, ..event }];
        self.tell_if_news(&Trail { facts: Vec::new(), events }).await
    }
}
