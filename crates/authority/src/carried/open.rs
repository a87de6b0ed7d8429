//! A request presents a cookie that carries its session.

use super::Carrier;
use crate::denied::Denied;
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::carried::{Decision, Facts, decide};
use cloakroom_rules::session::check::{Purpose, Request, limit_passed};
use cloakroom_rules::session::facts::depended_on;
use cloakroom_verifier::table::Finding;

/// A cookie and what came with it.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The whole name of the cookie.
    pub name: &'a str,
    /// Its value.
    pub value: &'a str,
    /// The host it was sent to.
    pub host: &'a Host,
    /// Who sent it.
    pub client: &'a Client,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
    /// What the request wants of its session.
    pub purpose: Purpose,
}

/// A good session that a cookie carried.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Session,
    /// Whether the answer should carry it anew.
    pub is_due: bool,
}

impl Carrier<'_> {
    /// Whether nothing denies a session and no limit of it has passed.
    #[must_use]
    pub fn stands(&self, session: &Session) -> bool {
        let inner = &self.authority.0;
        limit_passed(session, inner.clock.now()).is_none()
            && inner.inside.table.find(depended_on(session)) == Finding::Good
    }

    /// Whether a session may still be used by what outlives its request. How long it lay unused is not known there.
    #[must_use]
    pub fn stands_apart(&self, session: &Session) -> bool {
        let inner = &self.authority.0;
        inner.clock.now() < session.absolute && inner.inside.table.find(depended_on(session)) == Finding::Good
    }

    /// The session of a cookie. No store is asked, and none is told but of what is news.
    pub async fn open(&self, presented: &Presented<'_>) -> Result<Opened, Denied> {
        let (authority, inner) = (self.authority, &self.authority.0);
        let now = authority.now();
        let (session, kid) = match self.unwrap(presented.name, presented.value) {
            Err(Refusal::Tampered) => {
                let by = By { actor: Actor::Nobody, origin: presented.origin.clone() };
                let events = vec![by.tells_of_tampering(now, &*inner.entropy)?];
                authority.tell_if_news(&Trail { facts: Vec::new(), events }).await?;
                return Err(Refusal::Tampered.into());
            }
            opened => opened?,
        };
        if inner.inside.table.find(depended_on(&session)) != Finding::Good {
            return Err(Refusal::Ended.into());
        }
        let Presented { host, client, origin, purpose, .. } = *presented;
        let request = Request { host, client, origin, renewable: false, purpose };
        let facts = Facts { session: &session, under_active_key: kid == inner.ring.active() };
        match decide(&request, &facts, &inner.policy, now, &*inner.entropy)? {
            Decision::Refuse(refusal, trail) => {
                authority.tell_if_news(&trail).await?;
                Err(refusal.into())
            }
            Decision::Live { session: going_on, is_due, told } => {
                // What cannot be told now is not noted either: the next request tells it.
                match authority.tell_if_news(&told).await {
                    Ok(()) => Ok(Opened { session: *going_on, is_due }),
                    Err(_) => Ok(Opened { session, is_due: false }),
                }
            }
        }
    }
}
