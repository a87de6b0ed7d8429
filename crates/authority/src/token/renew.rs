//! A refresh token is presented.

use crate::authority::Authority;
use crate::cache::uses::Use;
use crate::denied::Denied;
use crate::issuer::Issuer;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::RefreshPolicy;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::ClientId;
use cloakroom_model::words::refresh::RefreshToken;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::Time;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::refusal::{Limit, Refusal};
use cloakroom_rules::session::facts::depended_on;
use cloakroom_rules::token::renew::{Trails, trails};
use cloakroom_store::families::{Asked, Held, How, Present, Presented, Standing, Worth, weigh};
use cloakroom_verifier::table::Finding;

/// What comes with a refresh token.
#[derive(Clone, Copy)]
pub struct Renewal<'a> {
    /// The token, as it came.
    pub token: &'a str,
    /// Who presents it: a client that was authenticated, if it can be.
    pub client: ClientId,
    /// What is done with a late one.
    pub policy: RefreshPolicy,
    /// The key that was proven in this request, by its thumbprint.
    pub proven: Option<[u8; 32]>,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
}

impl core::fmt::Debug for Renewal<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Renewal").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A sign-in that goes on.
#[derive(Debug)]
pub struct Renewed {
    /// The session and its family.
    pub held: Held,
    /// When they were read.
    pub read_at: Time,
    /// How it came to this token.
    pub how: How,
    /// The refresh token from now on.
    pub refresh: Secret<String>,
}

impl Authority {
    /// Whose refresh token this is, if it is one of ours: whoever signs out with it may.
    pub async fn holder(&self, token: &str) -> Result<Option<Held>, Denied> {
        let Ok(token) = RefreshToken::parse(token) else { return Ok(None) };
        let held = self.0.stores.families.find(token.family).await?;
        Ok(held.filter(|held| self.0.ring.is_our_refresh(&token, &held.family.salt)))
    }

    /// Whether a refresh token would be renewed, and by whom it is held: for an answer that takes its time, and renews when it goes
    /// out. Nobody else's renewal comes too late because of it.
    pub async fn would_renew(&self, renewal: &Renewal<'_>) -> Result<Option<Held>, Denied> {
        self.weighed(renewal).await.map(|weighed| weighed.map(|(_, held)| held))
    }

    /// Renews what would be renewed as a matter of course, and nothing else: whatever else is to be said of this token is not said
    /// behind an answer that was given already.
    pub async fn renew_if_usual(&self, renewal: &Renewal<'_>) -> Result<Option<Renewed>, Denied> {
        let (read_at, issuer) = (self.now(), self.issuer()?);
        match self.weighed(renewal).await? {
            // A moment later it could be too late for this one, and nothing is written for it.
            Some((How::Repeated, held)) => {
                let token = RefreshToken::parse(renewal.token).map_err(|_| Refusal::BadToken)?;
                if !self.may_repeat(issuer, &token, read_at) {
                    return Ok(None);
                }
                let refresh = self.refresh_text(&held.family)?;
                Ok(Some(Renewed { held, read_at, how: How::Repeated, refresh }))
            }
            Some(_) => self.renew(renewal).await.map(Some),
            None => Ok(None),
        }
    }

    async fn weighed(&self, renewal: &Renewal<'_>) -> Result<Option<(How, Held)>, Denied> {
        let issuer = self.issuer()?;
        let token = RefreshToken::parse(renewal.token).map_err(|_| Refusal::BadToken)?;
        let held = self.holder(renewal.token).await?.ok_or(Refusal::BadToken)?;
        let session = self.find(held.session.id).await?.session;
        let depended_on = depended_on(&session).chain([
            (FactKey::Family(held.family.id), 0),
            (FactKey::Client(held.family.client), held.family.client_generation),
        ]);
        let is_denied = self.0.inside.table.find(depended_on) == Finding::Denied;
        let is_live = !is_denied && session.ticket == held.family.ticket;
        let is_proven = Self::is_proven(&held, renewal)?;
        let asked = self.asked(issuer, renewal.policy, token.generation, is_proven);
        let standing = Standing { is_live, may_be_behind: false, now: self.now() };
        Ok(match weigh(&held.family, &asked, &standing) {
            Worth::Next(_, How::Rotated) => Some((How::Rotated, Held { session, ..held })),
            Worth::Same => Some((How::Repeated, Held { session, ..held })),
            _ => None,
        })
    }

    /// A client that must prove a key has proven it, or nothing goes on.
    fn is_proven(held: &Held, renewal: &Renewal<'_>) -> Result<bool, Denied> {
        let is_proven = held.family.bound_to.is_some() && held.family.bound_to == renewal.proven;
        let lacks_proof = held.family.bound_to.is_some() && !is_proven;
        if held.family.client != renewal.client || lacks_proof {
            return Err(Refusal::BadToken.into());
        }
        Ok(is_proven)
    }

    /// Renews. What is wrong with the request itself changes nothing and is never a theft: a text that we did not compute, another
    /// client, a key that was not proven.
    pub async fn renew(&self, renewal: &Renewal<'_>) -> Result<Renewed, Denied> {
        let issuer = self.issuer()?;
        let token = RefreshToken::parse(renewal.token).map_err(|_| Refusal::BadToken)?;
        let read_at = self.now();
        let held = self.holder(renewal.token).await?.ok_or(Refusal::BadToken)?;
        let is_proven = Self::is_proven(&held, renewal)?;
        self.keep_alive(&held, read_at).await?;
        let by = By::holder(&held.session, renewal.origin.clone());
        let Trails { renewed, theft, went_back } =
            trails(&held.family, &held.session, &by, read_at, &*self.0.entropy)?;
        let mut present = Present {
            family: token.family,
            asked: self.asked(issuer, renewal.policy, token.generation, is_proven),
            renewed,
            theft,
            went_back,
        };
        // Only what would be answered again is counted: a theft is found out however often somebody repeats themselves.
        let standing = Standing { is_live: true, may_be_behind: false, now: read_at };
        match weigh(&held.family, &present.asked, &standing) {
            Worth::Same if !self.may_repeat(issuer, &token, read_at) => {
                return Err(Refusal::TooMany.into());
            }
            // What renewed it last is not in this store, which may know that it has lost something. Told once, not each time that the client asks.
            Worth::WentBack if !self.is_news(&present.went_back) => present.went_back = Trail::none(),
            _ => {}
        }
        let told = present.went_back.clone();
        // The answer that brought the newer token would have come long ago: it was lost.
        let is_lost =
            held.family.overtaken.is_some_and(|overtaken| read_at.since(overtaken.at) > present.asked.window);
        let presented = self.0.stores.families.present(present).await;
        if presented.is_err() {
            self.was_not_told(&told);
        }
        match presented? {
            Presented::Renewed(how, held) => {
                let refresh = self.refresh_text(&held.family)?;
                Ok(Renewed { held: *held, read_at, how, refresh })
            }
            Presented::Absent | Presented::Denied => Err(Refusal::Ended.into()),
            Presented::Expired => Err(Refusal::Expired(Limit::Idle).into()),
            Presented::Overtaken if is_lost => Err(Refusal::Ended.into()),
            Presented::Overtaken => Err(Refusal::Conflict.into()),
            Presented::Theft(_) => Err(Refusal::TwoHolders.into()),
            Presented::WentBack(_) => Err(Refusal::Ended.into()),
        }
    }

    fn asked(&self, issuer: &Issuer, late: RefreshPolicy, generation: u32, is_proven: bool) -> Asked {
        let policy = issuer.policy();
        Asked {
            generation,
            kid: self.0.ring.active(),
            policy: late,
            is_proven,
            window: policy.window,
            late: policy.life,
        }
    }

    fn may_repeat(&self, issuer: &Issuer, token: &RefreshToken, now: Time) -> bool {
        let policy = issuer.policy();
        issuer.replays.may(token.family, policy.window, policy.replays_at_most, now)
    }

    /// Renewing is using: the session's time of last use follows, and what only memory knows of it counts.
    async fn keep_alive(&self, held: &Held, now: Time) -> Result<(), Denied> {
        let mut session = held.session.clone();
        if self.was_used_since(&mut session, now) {
            self.flush_touches().await?;
        }
        let is_alive = now < session.expires();
        if is_alive && now >= session.last_seen.plus(session.idle.part(20)) {
            self.0.uses.note(session.id, Use { since: session.last_seen, last: now });
        }
        Ok(())
    }
}
