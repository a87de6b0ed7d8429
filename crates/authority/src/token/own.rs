//! Whoever renews changes their own sign-in: the session gets a new ticket, and they the one token that goes with it.

use super::renew::Renewed;
use crate::authority::Authority;
use crate::denied::Denied;
use crate::session::Own;
use cloakroom_model::records::event::Origin;
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::rotate::{self, Request};
use cloakroom_store::families::Held;

impl Authority {
    /// Which ticket a live session has by now; `None`: it is over.
    pub async fn session_ticket(&self, session: SessionId) -> Result<Option<u32>, Denied> {
        match self.find(session).await {
            Ok(row) => Ok(Some(row.session.ticket)),
            Err(Denied::Refused(_)) => Ok(None),
            Err(denied) => Err(denied),
        }
    }

    /// A fresh or stronger proof from whoever renewed a moment ago. Every earlier token of this sign-in is dead.
    pub async fn step_up_renewed(
        &self,
        own: &Held,
        proof: &LoginProof,
        client: &Client,
        origin: &Origin,
    ) -> Result<Renewed, Denied> {
        let why = rotate::Why::StepUp(proof, client);
        let session = self.rotate(Own::Renewed(own), &Request { why, origin }).await?.session;
        self.rebind(session.id).await
    }

    /// Everything else of the user ends; whoever renewed a moment ago goes on.
    pub async fn end_others_renewed(&self, own: &Held, why: &Why, by: &By) -> Result<(u32, Renewed), Denied> {
        let subject = own.session.subject.as_ref().ok_or(Refusal::NotSignedIn)?;
        let (ended, kept) = self.raise(subject, Some(Own::Renewed(own)), why, by).await?;
        let kept = kept.ok_or(Refusal::Ended)?;
        Ok((ended, self.rebind(kept.session.id).await?))
    }
}
