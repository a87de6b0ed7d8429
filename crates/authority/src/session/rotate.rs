//! A session gets a new ticket because its privilege rose, or is changed by somebody else.

use super::check::Checked;
use super::load::{Own, TRIES};
use super::sign_in::SignedIn;
use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::family::Family;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::{Group, SubjectId};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::login::proof::LoginProof;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::elsewhere;
use cloakroom_rules::session::rotate::{Facts, Request, Why, decide};
use cloakroom_store::sessions::{Patch, Patched, Rotate, Rotated};

impl Authority {
    /// A fresh or stronger proof in the session's own request.
    pub async fn step_up(
        &self,
        own: &Checked,
        proof: &LoginProof,
        client: &Client,
        origin: &Origin,
    ) -> Result<SignedIn, Denied> {
        self.rotate(Own::Ticket(own), &Request { why: Why::StepUp(proof, client), origin })
            .await
            .map(|(signed_in, _)| signed_in)
    }

    /// Groups gained in the session's own request. To take one away, demote.
    pub async fn regroup(
        &self,
        own: &Checked,
        gained: &[Group],
        origin: &Origin,
    ) -> Result<SignedIn, Denied> {
        self.rotate(Own::Ticket(own), &Request { why: Why::Groups(gained), origin })
            .await
            .map(|(signed_in, _)| signed_in)
    }

    /// Binds the session to the client as it is now, in its own request.
    pub async fn bind(&self, own: &Checked, client: &Client, origin: &Origin) -> Result<SignedIn, Denied> {
        self.rotate(Own::Ticket(own), &Request { why: Why::Binding(client), origin })
            .await
            .map(|(signed_in, _)| signed_in)
    }

    /// With the family that goes on, if it is whoever renews that asks.
    pub(crate) async fn rotate(
        &self,
        own: Own<'_>,
        request: &Request<'_>,
    ) -> Result<(SignedIn, Option<Family>), Denied> {
        for _ in 0..TRIES {
            let read = self.find_own(own).await?;
            let decision =
                decide(request, &Facts { session: &read, is_carried: false }, self.now(), &*self.0.entropy)?;
            let (ticket, row) = self.row_of(decision.session.clone())?;
            let family = self.goes_on(own, &decision.session).await?;
            let rotate = Rotate { expect: read.version, row, family: family.clone() };
            match self.0.stores.sessions.rotate(rotate, &decision.trail).await? {
                Rotated::Done(_) => return Ok((SignedIn { ticket, session: decision.session }, family)),
                Rotated::Superseded => return Err(Refusal::ProofOvertaken.into()),
                Rotated::Gone => return Err(Refusal::Ended.into()),
                Rotated::Stale | Rotated::Taken => {}
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// Adds groups to every session of a user, from outside of them. Answers how many changed.
    pub async fn gain_groups(&self, subject: &SubjectId, gained: &[Group], by: &By) -> Result<usize, Denied> {
        let mut changed = 0;
        for row in self.0.stores.sessions.of_subject(subject).await? {
            changed += usize::from(self.gain_groups_in(row.session.id, gained, by).await?);
        }
        Ok(changed)
    }

    async fn gain_groups_in(&self, session: SessionId, gained: &[Group], by: &By) -> Result<bool, Denied> {
        for _ in 0..TRIES {
            let Some(loaded) = self.0.stores.sessions.find(session).await? else { return Ok(false) };
            let read = loaded.row.session;
            let (request, facts) = (elsewhere::Request { gained, by }, elsewhere::Facts { session: &read });
            let decision = elsewhere::decide(&request, &facts, self.now(), &*self.0.entropy)?;
            let Some((session, trail)) = decision else { return Ok(false) };
            match self.0.stores.sessions.patch(Patch { expect: read.version, session }, &trail).await? {
                Patched::Done(_) => return Ok(true),
                Patched::Gone => return Ok(false),
                Patched::Stale => {}
            }
        }
        Err(Refusal::Conflict.into())
    }
}
