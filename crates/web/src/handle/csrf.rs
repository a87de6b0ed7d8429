//! CSRF tokens of a request's session.

use super::state::Handle;
use crate::cookies::Presented;
use crate::session_error::SessionError;
use crate::site::{CSRF, PRE_SESSION};
use cloakroom_authority::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::text::base64url;
use cloakroom_model::words::time::Span;
use cloakroom_rules::csrf::token::Bearer;
use cloakroom_rules::refusal::Refusal;

impl Handle {
    /// A CSRF token for a page. A visitor's is bound to a cookie of its own, which is made here if there is none: a
    /// visitor's session may begin while the page is open.
    pub async fn csrf_token(&self) -> Result<String, SessionError> {
        self.look().await?;
        match self.session().filter(|session| session.subject.is_some()) {
            Some(session) => Ok(self.shown_token(Bearer::Session(session.id, session.ticket))?),
            None => Ok(self.shown_token(Bearer::Visitor(self.pre_session()?.as_bytes()))?),
        }
    }

    /// A token, also in the cookie from which script reads it, if there is one.
    fn shown_token(&self, bearer: Bearer<'_>) -> Result<String, Denied> {
        let settings = self.0.site.settings();
        let token = settings.authority.csrf_token(&settings.origin, bearer)?;
        if let Some(policy) = &settings.csrf_cookie
            && let Ok(cookie) = policy.set(CSRF, &token, Span::hours(24))
        {
            self.0.state.lock().cookies.insert(CSRF.to_owned(), cookie);
        }
        Ok(token)
    }

    /// Script whose session has a new ticket needs a new token: there may be no page that brings one.
    pub(super) fn renew_shown_token(&self, session: &Session) -> Result<(), Denied> {
        match (&self.0.site.settings().csrf_cookie, &session.subject) {
            (Some(_), Some(_)) => self.shown_token(Bearer::Session(session.id, session.ticket)).map(drop),
            _ => Ok(()),
        }
    }

    /// What tells this browser from every other one, whoever is signed in with it. It is in a cookie that is made here if there is none.
    pub fn pre_session(&self) -> Result<String, SessionError> {
        if let Some(presented) = &self.0.cookies.pre_session {
            return Ok(presented.clone());
        }
        let settings = self.0.site.settings();
        self.staging(|state| {
            if let Some(made) = &state.pre_session {
                return Ok(made.clone());
            }
            let mut random = [0u8; 32];
            settings.entropy.fill(&mut random).map_err(Denied::from)?;
            let made = base64url(&random);
            let cookie = settings.cookie.set(PRE_SESSION, &made, Span::hours(24));
            state.cookies.insert(PRE_SESSION.to_owned(), cookie.map_err(|_| Refusal::BadValue)?);
            state.pre_session = Some(made.clone());
            Ok(made)
        })
    }

    /// Whether a CSRF token is good for this request.
    pub async fn csrf_is_good(&self, token: &str) -> Result<bool, Denied> {
        self.look().await?;
        let (authority, origin) = (self.0.site.authority(), self.0.site.origin());
        let session = self.session().filter(|session| session.subject.is_some());
        Ok(match (session, &self.0.cookies.pre_session) {
            (Some(session), _) => {
                authority.csrf_is_good(origin, Bearer::Session(session.id, session.ticket), token)
            }
            (None, Some(pre_session)) => {
                authority.csrf_is_good(origin, Bearer::Visitor(pre_session.as_bytes()), token)
            }
            (None, None) => false,
        })
    }

    /// Whether any CSRF token could be good: without a cookie of ours none can.
    pub(crate) fn can_have_token(&self) -> bool {
        !matches!(self.0.cookies.ticket, Presented::Nothing) || self.0.cookies.pre_session.is_some()
    }

    /// Tells that a request in the name of this session was refused.
    pub(crate) async fn tell_of_csrf(&self) -> Result<(), Denied> {
        self.look().await?;
        match self.session() {
            Some(session) => self.0.site.authority().tell_of_csrf(&session, &self.origin()).await,
            None => Ok(()),
        }
    }
}
