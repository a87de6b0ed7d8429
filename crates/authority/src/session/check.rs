//! A request presents a ticket.

use crate::authority::Authority;
use crate::cache::known::{Key, Known};
use crate::cache::near::{Began, Place, seconds};
use crate::denied::Denied;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::{Decision, Facts, Live, Request, decide};
use cloakroom_rules::session::facts::depended_on;
use cloakroom_store::sessions::{Closing, Loaded, Offer, Offered, Patch, Promote, Promoted, Touch};
use cloakroom_verifier::table::Finding;
use std::sync::atomic::Ordering::Relaxed;

/// One write of the time of last use in this part of the idle limit.
const TOUCHES: u32 = 20;

/// A ticket and what came with it.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The ticket.
    pub ticket: &'a Ticket,
    /// The host it was sent to.
    pub host: &'a Host,
    /// Who sent it.
    pub client: &'a Client,
    /// Where the event log should say it came from.
    pub origin: &'a Origin,
    /// Whether the answer can carry a new ticket.
    pub renewable: bool,
}

/// A good session.
#[derive(Debug)]
pub struct Checked {
    known: Known,
    seen: Time,
    offered: Option<Ticket>,
}

impl Checked {
    /// Its id.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.known.session_id()
    }

    /// The session, but for what only the devices page shows.
    pub fn session(&self) -> Result<Session, Denied> {
        self.known.unpack(self.seen).ok_or(Denied::corrupt())
    }

    /// A ticket to send along with the answer; the one presented works on beside it.
    #[must_use]
    pub const fn offered(&self) -> Option<&Ticket> {
        self.offered.as_ref()
    }
}

/// What a look at a copy in memory says.
enum Look {
    Live(Checked, Option<Touch>),
    Denied,
    Again,
}

impl Authority {
    /// The answer for a session that is known in memory; `None`: ask the truth with [`Self::check`]. No store, no
    /// waiting.
    #[must_use]
    pub fn known(&self, presented: &Presented<'_>) -> Option<Result<Checked, Denied>> {
        let key = self.0.inside.near.key(presented.host, presented.client, presented.ticket);
        self.known_under(&key)
    }

    fn known_under(&self, key: &Key) -> Option<Result<Checked, Denied>> {
        // The turn is read before anything is looked up: what comes later is looked up again.
        let (turn, now) = (self.0.inside.table.turn(), self.now());
        match self.0.inside.near.look(key, |place| self.look(place, turn, now))? {
            Look::Live(checked, touch) => {
                if let Some(touch) = touch {
                    self.0.touches.lock().push(touch);
                }
                Some(Ok(checked))
            }
            Look::Denied => Some(Err(Refusal::Ended.into())),
            Look::Again => None,
        }
    }

    fn look(&self, place: &Place, turn: u64, now: Time) -> Look {
        let (seen, idle, at) = (place.seen.load(Relaxed), place.known.idle_seconds(), seconds(now));
        if now >= place.known.good_until() || at >= seen.saturating_add(idle) {
            return Look::Again;
        }
        if place.turn.load(Relaxed) != turn {
            let Some(session) = place.known.unpack(now) else { return Look::Again };
            match self.0.inside.table.find(&depended_on(&session)) {
                Finding::Good => place.turn.store(turn, Relaxed),
                Finding::Stale => return Look::Again,
                Finding::Denied => return Look::Denied,
            }
        }
        if at > seen {
            place.seen.fetch_max(at, Relaxed);
        }
        let written = place.written.load(Relaxed);
        let due = at.saturating_sub(written) >= (idle / TOUCHES).max(1);
        let mine = due && place.written.compare_exchange(written, at, Relaxed, Relaxed).is_ok();
        let touch = mine.then(|| Touch { session: place.known.session_id(), seen: now });
        Look::Live(Checked { known: place.known.clone(), seen: now, offered: None }, touch)
    }

    /// The answer for any ticket: from memory where that is possible, else from the truth.
    pub async fn check(&self, presented: &Presented<'_>) -> Result<Checked, Denied> {
        let key = self.0.inside.near.key(presented.host, presented.client, presented.ticket);
        if let Some(answer) = self.known_under(&key) {
            return answer;
        }
        let began = self.0.inside.near.began();
        let turn = self.0.inside.table.turn();
        let Some((loaded, asked)) = self.load(presented.ticket).await? else {
            self.0.unknown.fetch_add(1, Relaxed);
            return Err(Refusal::NotSignedIn.into());
        };
        let session = &loaded.row.session;
        let request = Request {
            host: presented.host,
            client: presented.client,
            origin: presented.origin,
            renewable: presented.renewable,
        };
        let facts =
            Facts { session, standing: loaded.standing, pending: loaded.pending, truth: loaded.truth };
        match decide(&request, &facts, &self.0.policy, self.now(), &*self.0.entropy)? {
            Decision::Refuse(refusal, trail) => {
                self.tell_of_refusal(&trail).await?;
                Err(refusal.into())
            }
            Decision::End(refusal, trail) => {
                let closing = Closing { session: session.id, only_expired: false, trail };
                self.0.stores.sessions.close(vec![closing]).await?;
                Err(refusal.into())
            }
            Decision::Live(live) if live.promote => {
                let promote = Promote { session: session.id, look_up: asked };
                match self.0.stores.sessions.promote(promote, &Trail::none()).await? {
                    Promoted::Done(_) | Promoted::NotPending => {
                        self.live(presented, key, None, turn, loaded, live).await
                    }
                    Promoted::Gone => Err(Refusal::NotSignedIn.into()),
                }
            }
            Decision::Live(live) => self.live(presented, key, Some(began), turn, loaded, live).await,
        }
    }

    /// A session that is good by the truth: hands out a ticket if one is due, notes a changed client, keeps a copy.
    async fn live(
        &self,
        presented: &Presented<'_>,
        key: Key,
        began: Option<Began>,
        turn: u64,
        loaded: Loaded,
        live: Live,
    ) -> Result<Checked, Denied> {
        let (mut session, now) = (loaded.row.session, self.now());
        let offered = if live.offer { self.offer(&session).await? } else { None };
        if !live.trail.events.is_empty() {
            let mut noted = session.clone();
            noted.version = noted.version.saturating_add(1);
            noted.binding = presented.client.to_binding();
            let patch = Patch { expect: session.version, session: noted };
            self.0.stores.sessions.patch(patch, &live.trail).await?;
        }
        let written = session.last_seen;
        session.last_seen = session.last_seen.max(now);
        let good_until = live.good_until.min(now.plus(self.0.policy.read_again_after));
        let known = Known::pack(key, &session, good_until);
        if now >= written.plus(session.idle.part(i64::from(TOUCHES))) {
            self.0.touches.lock().push(Touch { session: session.id, seen: now });
        }
        let is_current = loaded.standing == cloakroom_model::records::session::Standing::Current;
        if let (Some(began), true, None) = (began, is_current, &offered) {
            let place = Place {
                known: known.clone(),
                seen: seconds(now).into(),
                written: seconds(now).into(),
                turn: turn.into(),
            };
            self.0.inside.near.put(began, place);
        }
        Ok(Checked { known, seen: now, offered })
    }

    async fn offer(&self, session: &Session) -> Result<Option<Ticket>, Denied> {
        let ticket = self.draw_ticket(session.subject.as_ref())?;
        let look_up = self.look_up(&ticket)?;
        let offer = Offer { session: session.id, look_up, at_most: self.0.policy.pending_at_most };
        match self.0.stores.sessions.offer(offer, &Trail::none()).await? {
            Offered::Done(_) => Ok(Some(ticket)),
            Offered::Enough | Offered::Taken => Ok(None),
            Offered::Gone => Err(Refusal::NotSignedIn.into()),
        }
    }
}
