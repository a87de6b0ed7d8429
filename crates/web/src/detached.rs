//! A session that outlives its request.

use crate::session_error::SessionError;
use crate::site::Site;
use cloakroom_authority::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::session::patch::Change;
use std::sync::Arc;

/// A session apart from any request.
#[derive(Debug, Clone)]
pub struct Detached {
    site: Site,
    session: Kept,
}

#[derive(Debug, Clone)]
enum Kept {
    Stored(SessionId),
    Carried(Arc<Session>),
}

impl Detached {
    pub(crate) fn stored(site: &Site, session: SessionId) -> Self {
        Self { site: site.clone(), session: Kept::Stored(session) }
    }

    pub(crate) fn carried(site: &Site, session: Arc<Session>) -> Self {
        Self { site: site.clone(), session: Kept::Carried(session) }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SessionId {
        match &self.session {
            Kept::Stored(session) => *session,
            Kept::Carried(session) => session.id,
        }
    }

    /// Whether it still is live. A stream asks before it sends. Of one that its cookie carries it is not known here how long it
    /// lay unused; and it is over when the ticket changes, by a step-up or "sign out elsewhere": the stream begins anew.
    pub async fn is_live(&self) -> Result<bool, Denied> {
        match &self.session {
            Kept::Stored(session) => self.site.authority().is_live(*session).await,
            Kept::Carried(session) => {
                Ok(self.site.carrier().is_some_and(|carrier| carrier.stands_apart(session)))
            }
        }
    }

    /// Writes to it at once. One that its cookie carries is written with an answer, and there is none here.
    pub async fn patch(&self, change: &Change) -> Result<(), SessionError> {
        match &self.session {
            Kept::Stored(session) => Ok(self.site.authority().patch(*session, change).await.map(drop)?),
            Kept::Carried(_) => Err(SessionError::Spent),
        }
    }
}
