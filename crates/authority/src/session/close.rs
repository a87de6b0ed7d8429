//! One session ends, or is looked at among the others of its user.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::ticket::Ticket;
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
        let row = loaded.row.session;
        let (request, facts) = (Request { why, by }, Facts { session: &row });
        let trail = decide(&request, &facts, self.now(), &*self.0.entropy)?;
        let closing = self.closing(&row, When::Always, trail, by).await?;
        let (_, closed) = self.0.stores.sessions.close(closing).await?;
        Ok(closed.contains(&session))
    }

    /// Ends the session a ticket names, whatever else would be said of the ticket: signing out is never refused.
    pub async fn end_of_ticket(&self, ticket: &Ticket, why: Why, by: &By) -> Result<bool, Denied> {
        match self.load(ticket).await? {
            Some((loaded, _)) => self.end(loaded.row.session.id, why, by).await,
            None => Ok(false),
        }
    }

    /// The session that a ticket names, whether the ticket is still good or not: for who has found one.
    pub async fn session_of_ticket(&self, ticket: &Ticket) -> Result<Option<Session>, Denied> {
        Ok(self.load(ticket).await?.map(|(loaded, _)| loaded.row.session))
    }

    /// The end of a session, and before it that of each one that hangs from it: the store would end those anyway, but
    /// nobody would be told.
    pub(crate) async fn closing(
        &self,
        session: &Session,
        when: When,
        trail: Trail,
        by: &By,
    ) -> Result<Vec<Closing>, Denied> {
        let mut closing = Vec::new();
        // Sessions hang one deep.
        if session.parent.is_none() {
            for child in self.children_of(session).await? {
                let (request, facts) = (Request { why: Why::ParentEnded, by }, Facts { session: &child });
                let trail = decide(&request, &facts, self.now(), &*self.0.entropy)?;
                closing.push(Closing { session: child.id, when, trail });
            }
        }
        closing.push(Closing { session: session.id, when, trail });
        Ok(closing)
    }

    async fn children_of(&self, parent: &Session) -> Result<Vec<Session>, Denied> {
        let Some(subject) = &parent.subject else { return Ok(Vec::new()) };
        let rows = self.0.stores.sessions.of_subject(subject).await?.into_iter();
        Ok(rows.map(|row| row.session).filter(|session| session.parent == Some(parent.id)).collect())
    }

    /// Whether a session is live by the truth.
    pub async fn is_live(&self, session: SessionId) -> Result<bool, Denied> {
        match self.find(session).await {
            Ok(_) => Ok(true),
            Err(Denied::Refused(_)) => Ok(false),
            Err(denied) => Err(denied),
        }
    }

    /// A session as the truth has it, whether it is over or not.
    pub async fn session(&self, session: SessionId) -> Result<Option<Session>, Denied> {
        Ok(self.0.stores.sessions.find(session).await?.map(|loaded| loaded.row.session))
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
