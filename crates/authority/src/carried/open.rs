//! A request presents a cookie that carries its session.

use super::Carrier;
use crate::cache::known::{Key, Known};
use crate::cache::near::{Place, seconds};
use crate::denied::Denied;
use crate::packed::Packed;
use cloakroom_model::records::event::{Origin, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::host::Host;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::carried::{Decision, Facts, RENEWALS, decide};
use cloakroom_rules::session::check::{Purpose, Request, limit_passed};
use cloakroom_rules::session::facts::depended_on;
use cloakroom_verifier::table::Finding;
use std::sync::atomic::Ordering::Relaxed;

/// A cookie and what came with it.
#[derive(Clone, Copy)]
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

/// Whoever reads the value can be its holder.
impl core::fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Presented")
            .field("name", &self.name)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// A good session that a cookie carried.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: Packed,
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

    /// The answer for a cookie that was opened before; `None`: open it with [`Self::open`]. It is good for what it says
    /// itself: that it was used since does not prolong it.
    #[must_use]
    pub fn known(&self, name: &str, value: &str, host: &Host, client: &Client) -> Option<Opened> {
        self.known_under(&self.key(name, value, host, client))
    }

    fn key(&self, name: &str, value: &str, host: &Host, client: &Client) -> Key {
        let place = [self.wrapping.kind().prefix(), name, self.origin.as_str()];
        self.authority.0.inside.near.key(host, client, place, value.as_bytes())
    }

    fn known_under(&self, key: &Key) -> Option<Opened> {
        let inside = &self.authority.0.inside;
        if !self.authority.0.is_abreast() {
            return None;
        }
        let (turn, now) = (inside.table.turn(), self.authority.now());
        let look = |place: &Place| {
            let (made, idle, at) = (place.written.load(Relaxed), place.known.idle_seconds(), seconds(now));
            if now >= place.known.good_until() || at < made || at >= made.saturating_add(idle) {
                return None;
            }
            if place.turn.load(Relaxed) != turn {
                let session = place.known.unpack(now)?;
                if inside.table.find(depended_on(&session)) != Finding::Good {
                    return None;
                }
                place.turn.store(turn, Relaxed);
            }
            place.seen.fetch_max(at, Relaxed);
            let is_due = at - made >= (idle / RENEWALS).max(1);
            Some(Opened { session: Packed::of(place.known.clone(), now), is_due })
        };
        inside.near.look(key, look)?
    }

    /// The session of a cookie. No store is asked, and none is told but of what is news.
    pub async fn open(&self, presented: &Presented<'_>) -> Result<Opened, Denied> {
        let Presented { name, value, host, client, origin, purpose } = *presented;
        let key = self.key(name, value, host, client);
        if purpose == Purpose::Use
            && let Some(opened) = self.known_under(&key)
        {
            return Ok(opened);
        }
        let (authority, inner) = (self.authority, &self.authority.0);
        inner.must_be_abreast()?;
        let (began, turn, now) = (inner.inside.near.began(), inner.inside.table.turn(), authority.now());
        let (session, kid) = match self.unwrap(name, value) {
            Err(Refusal::Tampered) => {
                authority.tell_of_cookie(Reason::Tampered, origin).await?;
                return Err(Refusal::Tampered.into());
            }
            opened => opened?,
        };
        if inner.inside.table.find(depended_on(&session)) != Finding::Good {
            return Err(Refusal::Ended.into());
        }
        let request = Request { host, client, origin, renewable: false, purpose };
        let facts = Facts { session: &session, under_active_key: kid == inner.ring.active() };
        match decide(&request, &facts, &inner.policy, now, &*inner.entropy)? {
            Decision::Refuse(refusal, trail) => {
                authority.tell_if_news(&trail).await?;
                Err(refusal.into())
            }
            Decision::Live { session: going_on, is_due: false, .. } => {
                let known = Known::pack(key, &going_on, session.absolute);
                // A copy answers those who want to use the session: it may be good for less than that. Visitors are many, and
                // can make as many cookies as they like: nobody's copy has to go for theirs.
                if purpose == Purpose::Use && session.subject.is_some() {
                    let (seen, written) = (seconds(now).into(), seconds(session.last_seen).into());
                    let place = Place { known: known.clone(), seen, written, turn: turn.into() };
                    inner.inside.near.put(began, place);
                }
                Ok(Opened { session: Packed::of(known, now), is_due: false })
            }
            // What cannot be told now is not noted either: the next request tells it.
            Decision::Live { session: going_on, is_due: true, told } => {
                let (session, is_due) = match authority.tell_if_news(&told).await {
                    Ok(()) => (*going_on, true),
                    Err(_) => (session, false),
                };
                let known = Known::pack(key, &session, session.absolute);
                Ok(Opened { session: Packed::of(known, now), is_due })
            }
        }
    }
}
