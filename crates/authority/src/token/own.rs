//! Whoever renews changes their own sign-in: the session gets a new ticket, and they the one token that goes with it.

use super::renew::Renewed;
use crate::authority::Authority;
use crate::denied::Denied;
use crate::session::Own;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::raise::Why;
use cloakroom_rules::session::rotate::{self, Request};
use cloakroom_store::families::{Held, How};

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
        let read_at = self.now();
        let (signed_in, family) = self.rotate(Own::Renewed(own), &Request { why, origin }).await?;
        self.gone_on(signed_in.session, family, read_at)
    }

    /// Everything else of the user ends; whoever renewed a moment ago goes on.
    pub async fn end_others_renewed(&self, own: &Held, why: &Why, by: &By) -> Result<(u32, Renewed), Denied> {
        let (subject, read_at) = (own.session.subject.as_ref().ok_or(Refusal::NotSignedIn)?, self.now());
        let (ended, kept) = self.raise(subject, Some(Own::Renewed(own)), why, by).await?;
        let (kept, family) = kept.ok_or(Refusal::Ended)?;
        Ok((ended, self.gone_on(kept.session, family, read_at)?))
    }

    fn gone_on(&self, session: Session, family: Option<Family>, read_at: Time) -> Result<Renewed, Denied> {
        let family = family.ok_or_else(Denied::corrupt)?;
        let refresh = self.refresh_text(&family)?;
        Ok(Renewed { held: Held { family, session }, read_at, how: How::Rotated, refresh })
    }
}
