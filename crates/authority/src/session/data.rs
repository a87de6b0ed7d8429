//! Data is written: into a session there is, or into one that the first write opens.

use super::load::TRIES;
use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::refusal::{Refusal, Stop};
use cloakroom_rules::session::anonymous;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::patch::{Change, Facts, Request, decide};
use cloakroom_store::sessions::{Open, Opened, Patch, Patched};

/// Data as it was committed.
#[derive(Debug)]
pub struct Written {
    /// The session after the write.
    pub session: Session,
    /// The ticket, if the write opened the session.
    pub ticket: Option<Ticket>,
}

impl Authority {
    /// Sets and removes names. What others write under other names meanwhile stays; under the same name the last
    /// one wins.
    pub async fn patch(&self, session: SessionId, change: &Change) -> Result<Written, Denied> {
        let policy = &self.0.policy;
        self.rewrite(session, |read| decide(&Request { change }, &Facts { session: read }, policy)).await
    }

    /// Changes data from what is there. `make` is asked again when somebody else was faster.
    pub async fn update(
        &self,
        session: SessionId,
        mut make: impl FnMut(&Session) -> Result<Change, Refusal> + Send,
    ) -> Result<Written, Denied> {
        let policy = &self.0.policy;
        self.rewrite(session, |read| {
            let change = make(read)?;
            decide(&Request { change: &change }, &Facts { session: read }, policy)
        })
        .await
    }

    async fn rewrite(
        &self,
        session: SessionId,
        mut decide: impl FnMut(&Session) -> Result<Session, Stop> + Send,
    ) -> Result<Written, Denied> {
        for _ in 0..TRIES {
            let read = self.find(session).await?.session;
            let mut session = decide(&read)?;
            session.last_seen = session.last_seen.max(self.now());
            let patch = Patch { expect: read.version, session: session.clone() };
            match self.0.stores.sessions.patch(patch, &Trail::none()).await? {
                Patched::Done(_) => return Ok(Written { session, ticket: None }),
                Patched::Stale => {}
                Patched::Gone => return Err(Refusal::Ended.into()),
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// A visitor's first write opens a session.
    pub async fn open_anonymous(
        &self,
        host: &Host,
        client: &Client,
        change: &Change,
    ) -> Result<Written, Denied> {
        for _ in 0..TRIES {
            let truth = self.0.stores.ledger.generations(None).await?;
            let request = anonymous::Request { host, client, change };
            let (policy, entropy) = (&self.0.policy, &*self.0.entropy);
            let session =
                anonymous::decide(&request, &anonymous::Facts { truth }, policy, self.now(), entropy)?;
            let (ticket, row) = self.row_of(session.clone())?;
            let open = Open { row, at_most: None, closing: Vec::new(), family: None };
            match self.0.stores.sessions.open(open, &Trail::none()).await? {
                Opened::Done(..) => return Ok(Written { session, ticket: Some(ticket) }),
                Opened::Taken | Opened::Superseded | Opened::Crowded => {}
            }
        }
        Err(Refusal::Conflict.into())
    }
}
