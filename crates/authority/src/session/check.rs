//! A request presents a ticket.

use crate::authority::Authority;
use crate::cache::known::{Key, Known};
use crate::cache::near::{Began, Place, from_seconds, seconds};
use crate::cache::uses::Use;
use crate::checks::From;
use crate::denied::Denied;
use crate::packed::Packed;
use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::{Session, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::host::Host;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Time;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::refusal::Refusal;
use cloakroom_rules::session::binding::Client;
use cloakroom_rules::session::check::{Decision, Facts, Live, Purpose, Request, decide};
use cloakroom_rules::session::facts::depended_on;
use cloakroom_store::sessions::{Loaded, Offer, Offered, Patch, Patched, Promote, Promoted, When};
use cloakroom_verifier::table::Finding;
use std::sync::atomic::Ordering::Relaxed;

/// A ticket is good whatever its cookie is called.
pub(super) const ANYWHERE: [&str; 3] = [""; 3];
/// One write of the time of last use in this part of the idle limit.
const TOUCHES: u32 = 20;
/// How often the truth is asked when a ticket takes over or is overtaken meanwhile.
const LOOKS: usize = 4;

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
    /// What the request wants of its session.
    pub purpose: Purpose,
}

/// A good session, seen through a ticket.
#[derive(Debug)]
pub struct Checked {
    packed: Packed,
    presented: Ticket,
    offered: Option<Ticket>,
}

impl Checked {
    pub(super) const fn of(known: Known, presented: Ticket, seen: Time) -> Self {
        Self { packed: Packed::of(known, seen), presented, offered: None }
    }

    /// Its id.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.packed.id()
    }

    /// The session, but for what only the devices page shows.
    pub fn session(&self) -> Result<Session, Denied> {
        self.packed.session()
    }

    /// The session, not yet taken apart.
    #[must_use]
    pub const fn packed(&self) -> &Packed {
        &self.packed
    }

    /// A ticket to send along with the answer; the one presented works on beside it.
    #[must_use]
    pub const fn offered(&self) -> Option<&Ticket> {
        self.offered.as_ref()
    }

    /// The ticket it was seen through.
    pub(super) const fn presented(&self) -> &Ticket {
        &self.presented
    }
}

/// What a look at a copy in memory says.
enum Look {
    Live(Checked),
    Denied,
    Again,
}

impl Authority {
    /// Whether a ticket that was handed out with a check would still open the session: not if the session ended, or
    /// went on under a ticket of its own, since.
    pub async fn offer_stands(&self, checked: &Checked) -> Result<bool, Denied> {
        let then = checked.session()?.ticket;
        match self.find(checked.session_id()).await {
            Ok(row) => Ok(row.session.ticket <= then.saturating_add(1)),
            Err(Denied::Refused(_)) => Ok(false),
            Err(denied) => Err(denied),
        }
    }

    /// The answer for a session that is known in memory; `None`: ask the truth with [`Self::check`]. No store, no
    /// waiting.
    #[must_use]
    pub fn known(&self, ticket: &Ticket, host: &Host, client: &Client) -> Option<Result<Checked, Denied>> {
        let key = self.0.inside.near.key(host, client, ANYWHERE, ticket.expose());
        let answer = self.known_under(&key, ticket)?;
        self.0.checks.note(From::Memory, &answer);
        Some(answer)
    }

    fn known_under(&self, key: &Key, ticket: &Ticket) -> Option<Result<Checked, Denied>> {
        if !self.0.is_abreast() {
            return None;
        }
        // The turn is read before anything is looked up: what comes later is looked up again.
        let (turn, now) = (self.0.inside.table.turn(), self.now());
        match self.0.inside.near.look(key, |place| self.look(place, ticket, turn, now))? {
            Look::Live(checked) => Some(Ok(checked)),
            Look::Denied => Some(Err(Refusal::Ended.into())),
            Look::Again => None,
        }
    }

    fn look(&self, place: &Place, ticket: &Ticket, turn: u64, now: Time) -> Look {
        let (seen, idle, at) = (place.seen.load(Relaxed), place.known.idle_seconds(), seconds(now));
        let clock_went_back = at.saturating_add(1) < seen;
        if now >= place.known.good_until() || at >= seen.saturating_add(idle) || clock_went_back {
            return Look::Again;
        }
        if place.turn.load(Relaxed) != turn {
            let Some(session) = place.known.unpack(now) else { return Look::Again };
            match self.0.inside.table.find(depended_on(&session)) {
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
        if due && place.written.compare_exchange(written, at, Relaxed, Relaxed).is_ok() {
            let parent = place.known.unpack(now).and_then(|session| session.parent);
            self.note_use(place.known.session_id(), parent, Use { since: from_seconds(seen), last: now });
        }
        Look::Live(Checked::of(place.known.clone(), ticket.copy(), now))
    }

    /// Notes that a session was used, and so was what it hangs from.
    fn note_use(&self, session: SessionId, parent: Option<SessionId>, new: Use) {
        [Some(session), parent].into_iter().flatten().for_each(|used| self.0.uses.note(used, new));
    }

    /// The answer for any ticket: from memory where that is possible, else from the truth.
    pub async fn check(&self, presented: &Presented<'_>) -> Result<Checked, Denied> {
        let key =
            self.0.inside.near.key(presented.host, presented.client, ANYWHERE, presented.ticket.expose());
        let known = match presented.purpose {
            Purpose::Use => self.known_under(&key, presented.ticket),
            _ => None,
        };
        let (from, answer) = match known {
            Some(answer) => (From::Memory, answer),
            None => (From::Store, self.ask_the_truth(presented, key).await),
        };
        self.0.checks.note(from, &answer);
        answer
    }

    async fn ask_the_truth(&self, presented: &Presented<'_>, key: Key) -> Result<Checked, Denied> {
        // Once for the ticket as it is, and again if it took over or was overtaken meanwhile.
        for _ in 0..LOOKS {
            if let Some(answer) = self.look_at_the_truth(presented, key).await? {
                return Ok(answer);
            }
        }
        Err(Refusal::Conflict.into())
    }

    /// One look. `None`: something changed, look again.
    async fn look_at_the_truth(
        &self,
        presented: &Presented<'_>,
        key: Key,
    ) -> Result<Option<Checked>, Denied> {
        let (began, turn) = (self.0.inside.near.began(), self.0.inside.table.turn());
        let Some((mut loaded, asked)) = self.load(presented.ticket).await? else {
            self.0.unknown.fetch_add(1, Relaxed);
            return Err(Refusal::NotSignedIn.into());
        };
        let (mut unwritten, now) = (None, self.now());
        if self.was_used_since(&mut loaded.row.session, now) {
            match self.flush_touches().await {
                Ok(_) => return Ok(None),
                Err(denied) => unwritten = Some(denied),
            }
        }
        let session = &loaded.row.session;
        // What memory denies, the truth must not let in.
        match self.0.inside.table.find(depended_on(session)) {
            Finding::Good => {}
            Finding::Stale => return Ok(None),
            Finding::Denied => return Err(Refusal::Ended.into()),
        }
        let Presented { host, client, origin, renewable, purpose, .. } = *presented;
        let request = Request { host, client, origin, renewable, purpose };
        let facts =
            Facts { session, standing: loaded.standing, pending: loaded.pending, truth: loaded.truth };
        match decide(&request, &facts, &self.0.policy, now, &*self.0.entropy)? {
            Decision::Refuse(refusal, trail) => {
                self.tell_if_news(&trail).await?;
                Err(refusal.into())
            }
            Decision::End(refusal, trail) => {
                let by = By::holder(session, origin.clone());
                let closing = self.closing(session, When::Always, trail, &by).await?;
                self.0.stores.sessions.close(closing).await?;
                Err(refusal.into())
            }
            // To the store it has run out: what must be written waits until its uses are.
            Decision::Live(Live { promote, note, .. }) if unwritten.is_some() => match unwritten {
                Some(denied) if promote.is_some() || note.is_some() => Err(denied),
                _ => {
                    let live = Live { promote, offer: false, good_until: self.soon(now), note };
                    self.live(presented, key, (began, turn, now), loaded, &live).await
                }
            },
            Decision::Live(Live { promote: Some(trail), .. }) => {
                let promote = Promote { session: session.id, look_up: asked };
                match self.0.stores.sessions.promote(promote, &trail).await? {
                    Promoted::Done(_) | Promoted::NotPending => Ok(None),
                    Promoted::Gone => Err(Refusal::NotSignedIn.into()),
                }
            }
            Decision::Live(Live { note: Some(note), .. }) if self.is_news(&note.1) => {
                let (noting, trail) = *note;
                let patch = Patch { expect: session.version, session: noting };
                let patched = self.0.stores.sessions.patch(patch, &trail).await;
                if !matches!(patched, Ok(Patched::Done(_))) {
                    self.was_not_told(&trail);
                }
                match patched? {
                    Patched::Done(_) | Patched::Stale => Ok(None),
                    Patched::Gone => Err(Refusal::Ended.into()),
                }
            }
            Decision::Live(live) => self.live(presented, key, (began, turn, now), loaded, &live).await,
        }
    }

    /// A session that is good by the truth: hands out a ticket if one is due, and keeps a copy.
    async fn live(
        &self,
        presented: &Presented<'_>,
        key: Key,
        (began, turn, now): (Began, u64, Time),
        loaded: Loaded,
        live: &Live,
    ) -> Result<Option<Checked>, Denied> {
        let is_current = loaded.standing == Standing::Current;
        let mut session = loaded.row.session;
        let (mut offered, mut good_until) = (None, live.good_until);
        if live.offer {
            match self.offer(&session, loaded.row.look_up).await {
                Ok(Offering::Made(ticket)) => offered = Some(ticket),
                Ok(Offering::Enough) => {}
                Ok(Offering::Overtaken) => return Ok(None),
                // A new ticket can wait until it can be written down.
                Err(Denied::Down(_)) => good_until = self.soon(now),
                Err(denied) => return Err(denied),
            }
        }
        let is_due = now >= session.last_seen.plus(session.idle.part(i64::from(TOUCHES)));
        let written = if is_due { now } else { session.last_seen };
        if is_due {
            self.note_use(session.id, session.parent, Use { since: session.last_seen, last: now });
        }
        session.last_seen = session.last_seen.max(now);
        let good_until = good_until.min(now.plus(self.0.read_again_after())).min(session.absolute);
        let known = Known::pack(key, &session, good_until);
        // A copy answers those who want to use the session: it may be good for less than that.
        if is_current && offered.is_none() && presented.purpose == Purpose::Use {
            let place = Place {
                known: known.clone(),
                seen: seconds(now).into(),
                written: seconds(written).into(),
                turn: turn.into(),
            };
            self.0.inside.near.put(began, place);
        }
        Ok(Some(Checked { offered, ..Checked::of(known, presented.ticket.copy(), now) }))
    }

    /// When to look again after something could not be written.
    fn soon(&self, now: Time) -> Time {
        now.plus(self.0.policy.overlap)
    }

    async fn offer(&self, session: &Session, presented: LookUp) -> Result<Offering, Denied> {
        let ticket = self.draw_ticket(session.subject.as_ref())?;
        let offer = Offer {
            session: session.id,
            presented,
            kid: self.0.ring.active(),
            look_up: self.look_up(&ticket)?,
            at_most: self.0.policy.pending_at_most,
        };
        match self.0.stores.sessions.offer(offer, &Trail::none()).await? {
            Offered::Done(_) => Ok(Offering::Made(ticket)),
            Offered::Enough | Offered::Taken => Ok(Offering::Enough),
            Offered::NotCurrent => Ok(Offering::Overtaken),
            Offered::Gone => Err(Refusal::NotSignedIn.into()),
        }
    }
}

enum Offering {
    Made(Ticket),
    Enough,
    Overtaken,
}
