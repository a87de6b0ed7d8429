//! The verbs of sessions.

use crate::family_rows;
use crate::rows::{self, Kept, OldTicket};
use crate::store::SqliteStore;
use crate::writer::Work;
use async_trait::async_trait;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::{Generations, Row, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::Answer;
use cloakroom_store::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch, When,
};
use rusqlite::Result;

/// How many tickets that are not current are remembered for one session.
const MOST_OLD_TICKETS: u32 = 16;

impl SqliteStore {
    fn loaded(&self, kept: Kept, standing: Standing) -> Loaded {
        let truth = Generations { user: kept.user, epoch: self.epoch() };
        Loaded { row: kept.row, standing, pending: kept.pending, truth }
    }
}

#[async_trait]
impl Sessions for SqliteStore {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        self.readers.read(|connection| {
            if let Some(kept) = rows::by_look_up(connection, look_up)? {
                return Ok(Some(self.loaded(kept, Standing::Current)));
            }
            // One snapshot for both, or a promotion between them would hide the ticket.
            let snapshot = connection.unchecked_transaction()?;
            if let Some(old) = rows::old_ticket(&snapshot, look_up)? {
                let kept = rows::by_id(&snapshot, old.session)?;
                return Ok(kept.map(|kept| self.loaded(kept, old.standing)));
            }
            let promoted = rows::by_look_up(&snapshot, look_up)?;
            Ok(promoted.map(|kept| self.loaded(kept, Standing::Current)))
        })
    }

    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>> {
        let found = self.readers.read(|connection| rows::by_id(connection, session))?;
        Ok(found.map(|kept| self.loaded(kept, Standing::Current)))
    }

    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>> {
        self.readers.read(|connection| rows::of_subject(connection, subject))
    }

    async fn expired(&self, at_most: usize) -> Answer<Expired> {
        let now = self.clock.now();
        self.readers.read(|connection| rows::expired(connection, now, at_most))
    }

    async fn census(&self) -> Answer<Census> {
        self.readers.read(|connection| {
            let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            Ok(Census {
                signed_in: rows::from_sql(count(
                    "SELECT count(*) FROM ck_session WHERE subject IS NOT NULL",
                )?),
                anonymous: rows::from_sql(count("SELECT count(*) FROM ck_session WHERE subject IS NULL")?),
                old_tickets: rows::from_sql(count("SELECT count(*) FROM ck_old_ticket")?),
            })
        })
    }

    async fn open(&self, open: Open, trail: &Trail) -> Answer<Opened> {
        let trail = trail.clone();
        self.writer.run(move |work| work.open(&open, &trail).map(Ok)).await
    }

    async fn patch(&self, patch: Patch, trail: &Trail) -> Answer<Patched> {
        let trail = trail.clone();
        self.writer.run(move |work| work.patch(patch, &trail).map(Ok)).await
    }

    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated> {
        let trail = trail.clone();
        self.writer.run(move |work| work.rotate(rotate, &trail).map(Ok)).await
    }

    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered> {
        let trail = trail.clone();
        self.writer.run(move |work| work.offer(offer, &trail).map(Ok)).await
    }

    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted> {
        let trail = trail.clone();
        self.writer.run(move |work| work.promote(promote, &trail).map(Ok)).await
    }

    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised> {
        let trail = trail.clone();
        self.writer
            .run(move |work| {
                Ok(Ok(match work.raise(raise)? {
                    Ok(ended) => Raised::Done(work.done(&trail)?, ended),
                    Err(not) => not,
                }))
            })
            .await
    }

    async fn touch(&self, touches: Vec<Touch>) -> Answer<()> {
        self.writer
            .run(move |work| {
                for touch in touches {
                    rows::touch(work.connection, &touch)?;
                }
                Ok(Ok(()))
            })
            .await
    }

    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        self.writer
            .run(move |work| {
                let closed = work.close_all(&closing)?;
                Ok(Ok((work.done(&Trail::none())?, closed)))
            })
            .await
    }
}

impl Work<'_> {
    fn generations(&self, subject: Option<&SubjectId>) -> Result<Generations> {
        let known = |key: &FactKey| {
            Ok::<_, rusqlite::Error>(rows::at_least(self.connection, key)?.unwrap_or_default())
        };
        let user = subject.map(|subject| known(&FactKey::User(subject.clone()))).transpose()?;
        Ok(Generations { user: user.unwrap_or_default(), epoch: known(&FactKey::Epoch)? })
    }

    /// A session that can still be written to.
    pub(crate) fn live(&self, session: SessionId) -> Result<Option<Kept>> {
        let Some(kept) = rows::by_id(self.connection, session)? else { return Ok(None) };
        let truth = self.generations(kept.row.session.subject.as_ref())?;
        let session = &kept.row.session;
        let dead = session.expires() <= self.now || session.generations.superseded_by(truth);
        Ok((!dead).then_some(kept))
    }

    fn open(&mut self, open: &Open, trail: &Trail) -> Result<Opened> {
        let session = &open.row.session;
        let id_is_taken = rows::by_id(self.connection, session.id)?.is_some();
        let family_is_taken = match &open.family {
            Some(family) => family_rows::is_taken(self.connection, family.id)?,
            None => false,
        };
        if id_is_taken || family_is_taken || rows::look_up_is_taken(self.connection, &open.row.look_up)? {
            return Ok(Opened::Taken);
        }
        let orphan = match session.parent {
            Some(parent) if open.closing.iter().any(|closing| closing.session == parent) => true,
            Some(parent) => self.live(parent)?.is_none(),
            None => false,
        };
        if orphan || session.generations.superseded_by(self.generations(session.subject.as_ref())?) {
            return Ok(Opened::Superseded);
        }
        for one in &open.closing {
            if matches!(one.when, When::Unchanged(_)) && !self.may_close(one)? {
                return Ok(Opened::Crowded);
            }
        }
        if let (Some(subject), Some(at_most)) = (&session.subject, open.at_most) {
            let closing = |id: &SessionId| open.closing.iter().any(|closing| closing.session == *id);
            let sessions = rows::ids_of_subject(self.connection, subject)?;
            if sessions.iter().filter(|id| !closing(id)).count() >= at_most as usize {
                return Ok(Opened::Crowded);
            }
        }
        let closed = self.close_all(&open.closing)?;
        rows::insert(self.connection, &open.row, 0)?;
        if let Some(family) = &open.family {
            family_rows::insert(self.connection, family)?;
        }
        self.changed(session.id);
        Ok(Opened::Done(self.done(trail)?, closed))
    }

    fn patch(&mut self, patch: Patch, trail: &Trail) -> Result<Patched> {
        let Some(old) = self.live(patch.session.id)? else { return Ok(Patched::Gone) };
        if old.row.session.version != patch.expect {
            return Ok(Patched::Stale);
        }
        let new = Row { session: patch.session, ..old.row };
        self.replace(&old, new, old.pending)?;
        Ok(Patched::Done(self.done(trail)?))
    }

    fn replace(&mut self, old: &Kept, mut new: Row, pending: u32) -> Result<()> {
        new.session.last_seen = new.session.last_seen.max(old.row.session.last_seen);
        self.changed(old.row.session.id);
        rows::replace(self.connection, &old.row, &new, pending)
    }

    fn rotate(&mut self, rotate: Rotate, trail: &Trail) -> Result<Rotated> {
        let session = &rotate.row.session;
        let Some(old) = self.live(session.id)? else { return Ok(Rotated::Gone) };
        if session.generations.superseded_by(self.generations(session.subject.as_ref())?) {
            return Ok(Rotated::Superseded);
        }
        if old.row.session.version != rotate.expect {
            return Ok(Rotated::Stale);
        }
        if rows::look_up_is_taken(self.connection, &rotate.row.look_up)? {
            return Ok(Rotated::Taken);
        }
        if !self.may_go_on(rotate.family.as_ref())? {
            return Ok(Rotated::Stale);
        }
        rows::delete_old_tickets(self.connection, session.id)?;
        self.replace(&old, rotate.row, 0)?;
        self.go_on(rotate.family.as_ref())?;
        Ok(Rotated::Done(self.done(trail)?))
    }

    fn offer(&mut self, offer: Offer, trail: &Trail) -> Result<Offered> {
        let Some(kept) = self.live(offer.session)? else { return Ok(Offered::Gone) };
        if kept.row.look_up != offer.presented {
            return Ok(Offered::NotCurrent);
        }
        if rows::look_up_is_taken(self.connection, &offer.look_up)? {
            return Ok(Offered::Taken);
        }
        if kept.pending >= offer.at_most {
            return Ok(Offered::Enough);
        }
        let round = kept.row.session.ticket.saturating_add(1);
        let old = OldTicket { session: offer.session, standing: Standing::Pending, round, kid: offer.kid };
        rows::put_old_ticket(self.connection, &offer.look_up, &old, MOST_OLD_TICKETS)?;
        rows::set_pending(self.connection, offer.session, kept.pending + 1)?;
        self.changed(offer.session);
        Ok(Offered::Done(self.done(trail)?))
    }

    fn promote(&mut self, promote: Promote, trail: &Trail) -> Result<Promoted> {
        let session = promote.session;
        let Some(before) = self.live(session)? else { return Ok(Promoted::Gone) };
        let pending =
            rows::old_ticket(self.connection, &promote.look_up)?.filter(|old| old.session == session);
        let Some(OldTicket { standing: Standing::Pending, round, kid, .. }) = pending else {
            return Ok(Promoted::NotPending);
        };
        let (look_up, ticket) = (before.row.look_up, before.row.session.ticket);
        let mut row = Row { look_up: promote.look_up, kid, ..before.row.clone() };
        row.session.version = row.session.version.saturating_add(1);
        let mut still_pending = before.pending;
        if round > ticket {
            (row.session.ticket, row.session.rotated, still_pending) = (round, self.now, 0);
            rows::supersede_pending(self.connection, session, round, self.now)?;
        }
        rows::delete_old_ticket(self.connection, &promote.look_up)?;
        self.replace(&before, row, still_pending)?;
        let superseded = OldTicket {
            session,
            standing: Standing::Superseded(self.now),
            round: ticket,
            kid: before.row.kid,
        };
        rows::put_old_ticket(self.connection, &look_up, &superseded, MOST_OLD_TICKETS)?;
        Ok(Promoted::Done(self.done(trail)?))
    }

    /// Ends the sessions of a subject but perhaps one. Nothing is changed if it cannot.
    pub(crate) fn raise(&mut self, raise: Raise) -> Result<core::result::Result<u32, Raised>> {
        if self.generations(Some(&raise.subject))?.user != raise.expect {
            return Ok(Err(Raised::Stale));
        }
        let kept = raise.keep.as_ref().map(|keep| keep.row.session.id);
        if let Some(keep) = raise.keep {
            let session = keep.row.session.id;
            let Some(old) = self.live(session)? else { return Ok(Err(Raised::Gone)) };
            if old.row.session.version != keep.expect {
                return Ok(Err(Raised::Stale));
            }
            if rows::look_up_is_taken(self.connection, &keep.row.look_up)? {
                return Ok(Err(Raised::Taken));
            }
            if !self.may_go_on(keep.family.as_ref())? {
                return Ok(Err(Raised::Stale));
            }
            rows::delete_old_tickets(self.connection, session)?;
            self.replace(&old, keep.row, 0)?;
            self.go_on(keep.family.as_ref())?;
        }
        let mut ended = 0;
        for session in rows::ids_of_subject(self.connection, &raise.subject)? {
            if Some(session) != kept && self.remove(session)? {
                ended += 1;
            }
        }
        Ok(Ok(ended))
    }

    pub(crate) fn remove(&mut self, session: SessionId) -> Result<bool> {
        if !rows::delete(self.connection, session)? {
            return Ok(false);
        }
        rows::delete_old_tickets(self.connection, session)?;
        family_rows::delete_of(self.connection, session)?;
        self.changed(session);
        for child in rows::children(self.connection, session)? {
            self.remove(child)?;
        }
        Ok(true)
    }

    fn may_close(&self, one: &Closing) -> Result<bool> {
        match one.when {
            When::Always => Ok(true),
            When::Expired => rows::has_expired(self.connection, one.session, self.now),
            When::Unchanged(version) => {
                let kept = rows::by_id(self.connection, one.session)?;
                Ok(kept.is_some_and(|kept| kept.row.session.version == version))
            }
        }
    }

    fn close_all(&mut self, closing: &[Closing]) -> Result<Vec<SessionId>> {
        let mut closed = Vec::new();
        for one in closing {
            if self.may_close(one)? && self.remove(one.session)? {
                self.commit(&one.trail)?;
                closed.push(one.session);
            }
        }
        Ok(closed)
    }
}
