//! Everything of a user ends, but perhaps the session that asked.

use super::check::Checked;
use super::load::{Own, TRIES};
use super::sign_in::SignedIn;
use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::raise::{Facts, Request, Why, decide};
use cloakroom_store::sessions::{Raise, Raised, Rotate};

/// Everything of a user but one session ends: what is committed for it.
pub(crate) struct Planned {
    pub(crate) raise: Raise,
    pub(crate) trail: Trail,
    /// The session that stays, under its new ticket, and the family that goes on with it.
    pub(crate) kept: Option<(SignedIn, Option<Family>)>,
}

impl Authority {
    /// After a restart without a ledger the counters begin anew, and those in cookies do not: time does not begin anew.
    pub(crate) fn raised_to_at_least(&self) -> u64 {
        if self.0.may_forget { u64::try_from(self.now().millis()).unwrap_or_default() } else { 0 }
    }

    /// Ends every session and token of a user, also those being opened at this moment from an older proof. It is
    /// durable, and refused everywhere in this process, when this returns.
    pub async fn end_all(&self, subject: &SubjectId, why: &Why, by: &By) -> Result<u32, Denied> {
        self.raise(subject, None, why, by).await.map(|(ended, _)| ended)
    }

    /// The same for all but the session that asks, which goes on under a new ticket.
    pub async fn end_others(&self, keep: &Checked, why: &Why, by: &By) -> Result<(u32, SignedIn), Denied> {
        let subject = keep.session()?.subject.ok_or(Refusal::NotSignedIn)?;
        let (ended, kept) = self.raise(&subject, Some(Own::Ticket(keep)), why, by).await?;
        kept.map(|(kept, _)| (ended, kept)).ok_or_else(|| Refusal::Ended.into())
    }

    /// What raising a user's generation is, from what is there now.
    pub(crate) async fn plan_raise(
        &self,
        subject: &SubjectId,
        keep: Option<Own<'_>>,
        why: &Why,
        by: &By,
    ) -> Result<Planned, Denied> {
        let truth = self.0.stores.ledger.generations(Some(subject)).await?;
        let read = match keep {
            Some(keep) => Some(self.find_own(keep).await?),
            None => None,
        };
        let (request, facts) = (
            Request { subject, why, by },
            Facts { truth, keep: read.as_ref(), at_least: self.raised_to_at_least() },
        );
        let decision = decide(&request, &facts, self.now(), &*self.0.entropy)?;
        let kept = decision.keep.map(|session| self.row_of(session)).transpose()?;
        let expect = read.map(|read| read.version).unwrap_or_default();
        let family = match (keep, &kept) {
            (Some(own), Some((_, row))) => self.goes_on(own, &row.session).await?,
            _ => None,
        };
        let rotate =
            kept.as_ref().map(|(_, row)| Rotate { expect, row: row.clone(), family: family.clone() });
        let raise = Raise { subject: subject.clone(), expect: truth.user, keep: rotate };
        let kept = kept.map(|(ticket, row)| (SignedIn { ticket, session: row.session }, family));
        Ok(Planned { raise, trail: decision.trail, kept })
    }

    pub(crate) async fn raise(
        &self,
        subject: &SubjectId,
        keep: Option<Own<'_>>,
        why: &Why,
        by: &By,
    ) -> Result<(u32, Option<(SignedIn, Option<Family>)>), Denied> {
        for _ in 0..TRIES {
            let Planned { raise, trail, kept } = self.plan_raise(subject, keep, why, by).await?;
            match self.0.stores.sessions.raise(raise, &trail).await? {
                Raised::Done(_, ended) => return Ok((ended, kept)),
                Raised::Gone => return Err(Refusal::Ended.into()),
                Raised::Stale | Raised::Taken => {}
            }
        }
        Err(Refusal::Conflict.into())
    }
}
