//! A session that outlives its request.

use crate::site::Site;
use cloakroom_authority::Denied;
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::session::patch::Change;

/// A session apart from any request.
#[derive(Debug, Clone)]
pub struct Detached {
    site: Site,
    session: SessionId,
}

impl Detached {
    pub(crate) fn of(site: &Site, session: SessionId) -> Self {
        Self { site: site.clone(), session }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.session
    }

    /// Whether it still is live. A stream asks before it sends.
    pub async fn is_live(&self) -> Result<bool, Denied> {
        self.site.authority().is_live(self.session).await
    }

    /// Writes to it at once.
    pub async fn patch(&self, change: &Change) -> Result<(), Denied> {
        self.site.authority().patch(self.session, change).await.map(drop)
    }
}
