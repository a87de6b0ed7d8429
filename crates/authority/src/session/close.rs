//! One session ends, or is looked at among the others of its user.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::check::limit_passed;
use cloakroom_rules::session::close::{Facts, Request, Why, decide};
use cloakroom_store::sessions::{Closing, When};

impl Authority {
    /// Ends one session and those that hang from it. It is durable, and refused everywhere in this process, when this
    /// returns. Answers whether it was there.
    pub async fn end(&self, session: SessionId, why: Why, by: &By) -> Result<bool, Denied> {
        let Some(loaded) = self.0.stores.sessions.find(session).await? else {
            // Behind whoever ends it at this moment: what is said here is true everywhere in this process.
            self.0.stores.ledger.publish(&Trail::none()).await?;
            return Ok(false);
        };
        let session_row = loaded.row.session;
        let mut closing = Vec::new();
        for child in self.children_of(&session_row).await? {
            closing.push(self.closing(&child, Why::ParentEnded, by)?);
        }
        closing.push(self.closing(&session_row, why, by)?);
        let (_, closed) = self.0.stores.sessions.close(closing).await?;
        Ok(closed.contains(&session))
    }

    fn closing(&self, session: &Session, why: Why, by: &By) -> Result<Closing, Denied> {
        let (request, facts) = (Request { why, by }, Facts { session });
        let trail = decide(&request, &facts, self.now(), &*self.0.entropy)?;
        Ok(Closing { session: session.id, when: When::Always, trail })
    }

    async fn children_of(&self, parent: &Session) -> Result<Vec<Session>, Denied> {
        let Some(subject) = &parent.subject else { return Ok(Vec::new()) };
        let rows = self.0.stores.sessions.of_subject(subject).await?.into_iter();
        Ok(rows.map(|row| row.session).filter(|session| session.parent == Some(parent.id)).collect())
    }

    /// The live sessions of a user, the least recently used first.
    pub async fn sessions_of(&self, subject: &SubjectId) -> Result<Vec<Session>, Denied> {
        let truth = self.0.stores.ledger.generations(Some(subject)).await?;
        let rows = self.0.stores.sessions.of_subject(subject).await?;
        let now = self.now();
        let live = |session: &Session| {
            limit_passed(session, now).is_none() && !session.generations.superseded_by(truth)
        };
        Ok(rows.into_iter().map(|row| row.session).filter(live).collect())
    }
}
