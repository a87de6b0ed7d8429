//! Finding the session of a ticket, and making tickets.

use super::check::Checked;
use crate::authority::Authority;
use crate::cache::uses::Use;
use crate::denied::Denied;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Row, Session, Standing};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_model::words::time::Time;
use cloakroom_rules::refusal::Refusal;
use cloakroom_store::families::{Held, continues};
use cloakroom_store::sessions::Loaded;

/// Whoever changes their own session, and how they are known to hold it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Own<'a> {
    /// By its ticket.
    Ticket(&'a Checked),
    /// By a refresh token that was renewed in this request.
    Renewed(&'a Held),
}

/// How often a verb reads again when others are faster.
pub(crate) const TRIES: usize = 8;

impl Authority {
    /// What the truth has for a ticket, and the digest it was found under. After a rotation of the root key the
    /// earlier ones are tried too.
    pub(super) async fn load(&self, ticket: &Ticket) -> Result<Option<(Loaded, LookUp)>, Denied> {
        for kid in self.0.ring.kids() {
            let Some(asked) = self.0.ring.look_up(kid, ticket) else { continue };
            if let Some(loaded) = self.0.stores.sessions.load(&asked).await? {
                // The record itself must say that it was made for this ticket.
                if loaded.standing == Standing::Current && loaded.row.look_up != asked {
                    return Err(Denied::corrupt());
                }
                return Ok(Some((loaded, asked)));
            }
        }
        Ok(None)
    }

    /// Whether a session that ran out by what the store knows was used since, by what only memory knows. Its time of
    /// last use is put right, and noted to be written.
    pub(crate) fn was_used_since(&self, session: &mut Session, now: Time) -> bool {
        if now < session.expires() || now >= session.absolute {
            return false;
        }
        let stored = Use { since: session.last_seen, last: session.last_seen };
        let noted = self.0.uses.of(session.id).filter(|noted| noted.since < session.expires());
        let known = noted.unwrap_or(stored).last;
        // The newest use is noted a little later; it is no use if it came too late.
        let newest = self.0.inside.near.seen(session.id).filter(|seen| *seen < known.plus(session.idle));
        session.last_seen = known.max(newest.unwrap_or(known));
        let was_used = now < session.expires();
        if was_used {
            self.0.uses.note(session.id, Use { last: session.last_seen, ..stored });
        }
        was_used
    }

    /// The session of an id, as the truth has it. One that is over is refused.
    pub(crate) async fn find(&self, session: SessionId) -> Result<Row, Denied> {
        let mut loaded = self.0.stores.sessions.find(session).await?.ok_or(Refusal::Ended)?;
        if self.was_used_since(&mut loaded.row.session, self.now()) {
            // What is written next must not find it expired.
            self.flush_touches().await?;
        }
        let over = loaded.row.session.generations.superseded_by(loaded.truth)
            || loaded.row.session.expires() <= self.now();
        if over { Err(Refusal::Ended.into()) } else { Ok(loaded.row) }
    }

    /// The session of a request, for a change that only the holder of its current ticket may make. If the ticket was
    /// replaced since it was checked, whoever holds the new one may, and this request may not.
    pub(super) async fn find_own(&self, own: Own<'_>) -> Result<Session, Denied> {
        let (session, is_current) = match own {
            Own::Ticket(own) => {
                let Row { session, look_up, kid } = self.find(own.session_id()).await?;
                let presented = self.0.ring.look_up(kid, own.presented());
                (session, presented.is_some_and(|presented| presented == look_up))
            }
            Own::Renewed(held) => {
                let session = self.find(held.session.id).await?.session;
                let is_current = session.ticket == held.family.ticket;
                (session, is_current)
            }
        };
        if is_current { Ok(session) } else { Err(Refusal::Conflict.into()) }
    }

    /// The family of whoever renews, as it goes on with the new ticket of its session.
    pub(super) async fn goes_on(&self, own: Own<'_>, session: &Session) -> Result<Option<Family>, Denied> {
        let Own::Renewed(held) = own else { return Ok(None) };
        let found = self.0.stores.families.find(held.family.id).await?.ok_or(Refusal::Ended)?;
        let next = continues(&found.family, self.0.ring.active(), session.ticket, self.now());
        Ok(Some(next.ok_or(Refusal::Ended)?))
    }

    /// A ticket in the shard of its user.
    pub(super) fn draw_ticket(&self, subject: Option<&SubjectId>) -> Result<Ticket, Denied> {
        let entropy = &*self.0.entropy;
        Ok(match subject {
            Some(subject) => Ticket::draw(self.0.ring.shard(subject)?, entropy)?,
            None => Ticket::draw_anonymous(entropy)?,
        })
    }

    /// The digest of a ticket under the active root key.
    pub(super) fn look_up(&self, ticket: &Ticket) -> Result<LookUp, Denied> {
        self.0.ring.look_up(self.0.ring.active(), ticket).ok_or(Denied::NoSecrets)
    }

    /// A session under a new ticket.
    pub(super) fn row_of(&self, session: Session) -> Result<(Ticket, Row), Denied> {
        let ticket = self.draw_ticket(session.subject.as_ref())?;
        let row = Row { look_up: self.look_up(&ticket)?, kid: self.0.ring.active(), session };
        Ok((ticket, row))
    }
}
