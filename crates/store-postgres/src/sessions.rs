//! The verbs of sessions.

use crate::error::Result;
use crate::family_rows;
use crate::rows::{self, Kept, OldTicket};
use crate::store::PostgresStore;
use crate::values::number;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::records::session::{Row, Session, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::fault::Answer;
use cloakroom_store::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch, When,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How many tickets that are not current are remembered for one session.
const MOST_OLD_TICKETS: u32 = 16;

fn loaded(kept: Kept, standing: Standing) -> Loaded {
    Loaded { row: kept.row, standing, pending: kept.pending, truth: kept.truth }
}

#[async_trait]
impl Sessions for PostgresStore {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        let look_up = *look_up;
        self.read(move |connection| async move {
            if let Some(kept) = rows::by_look_up(&connection, &look_up).await? {
                return Ok(Some(loaded(kept, Standing::Current)));
            }
            let found = rows::by_old_ticket(&connection, &look_up).await?;
            Ok(found.map(|(kept, standing)| loaded(kept, standing)))
        })
        .await
    }

    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>> {
        self.read(move |connection| async move {
            let found = rows::by_id(&connection, session).await?;
            Ok(found.map(|kept| loaded(kept, Standing::Current)))
        })
        .await
    }

    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>> {
        let subject = subject.clone();
        self.read(move |connection| async move { rows::of_subject(&connection, &subject).await }).await
    }

    async fn expired(&self, at_most: usize) -> Answer<Expired> {
        let now = self.clock.now();
        self.read(move |connection| async move { rows::expired(&connection, now, at_most).await }).await
    }

    async fn census(&self) -> Answer<Census> {
        self.read(|connection| async move {
            let found = connection
                .row(
                    "SELECT count(*) FILTER (WHERE subject IS NOT NULL), count(*) FILTER (WHERE subject IS NULL), \
                     (SELECT count(*) FROM ck_old_ticket) FROM ck_session",
                    &[],
                )
                .await?;
            let Some(found) = found else { return Ok(Census::default()) };
            let (signed_in, anonymous) = (number(&found, 0)?, number(&found, 1)?);
            Ok(Census { signed_in, anonymous, old_tickets: number(&found, 2)? })
        })
        .await
    }

    async fn open(&self, open: Open, trail: &Trail) -> Answer<Opened> {
        self.writer.run(Opening(open, trail.clone())).await
    }

    async fn patch(&self, patch: Patch, trail: &Trail) -> Answer<Patched> {
        self.writer.run(Patching(patch, trail.clone())).await
    }

    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated> {
        self.writer.run(Rotating(rotate, trail.clone())).await
    }

    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered> {
        self.writer.run(Offering(offer, trail.clone())).await
    }

    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted> {
        self.writer.run(Promoting(promote, trail.clone())).await
    }

    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised> {
        self.writer.run(Raising(raise, trail.clone())).await
    }

    async fn touch(&self, touches: Vec<Touch>) -> Answer<()> {
        self.writer.run(Touching(touches)).await
    }

    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        self.writer.run(Ending(closing)).await
    }
}

struct Opening(Open, Trail);
struct Patching(Patch, Trail);
struct Rotating(Rotate, Trail);
struct Offering(Offer, Trail);
struct Promoting(Promote, Trail);
struct Raising(Raise, Trail);
struct Touching(Vec<Touch>);
struct Ending(Vec<Closing>);

impl Verb for Opening {
    type Answer = Opened;

    async fn run(&self, work: &mut Work<'_>) -> Result<Opened> {
        let Self(open, trail) = self;
        let (session, connection) = (&open.row.session, work.connection);
        if let Some(subject) = &session.subject {
            rows::hold_subject(connection, subject).await?;
        }
        let family = open.family.as_ref().map(|family| family.id);
        let before = rows::before_opening(connection, &open.row, family).await?;
        if before.is_taken {
            return Ok(Opened::Taken);
        }
        let orphan = match session.parent {
            Some(parent) if open.closing.iter().any(|closing| closing.session == parent) => true,
            Some(parent) => work.live(parent).await?.is_none(),
            None => false,
        };
        if orphan || session.generations.superseded_by(before.truth) {
            return Ok(Opened::Superseded);
        }
        for one in &open.closing {
            if matches!(one.when, When::Unchanged(_)) && !work.may_close(one).await? {
                return Ok(Opened::Crowded);
            }
        }
        if let Some(at_most) = open.at_most {
            let closing = |id: &SessionId| open.closing.iter().any(|closing| closing.session == *id);
            if before.sessions.iter().filter(|id| !closing(id)).count() >= at_most as usize {
                return Ok(Opened::Crowded);
            }
        }
        let closed = work.close_all(&open.closing).await?;
        rows::insert(connection, &open.row).await?;
        if let Some(family) = &open.family {
            family_rows::insert(connection, family).await?;
        }
        work.changed(session.id);
        Ok(Opened::Done(work.done(trail).await?, closed))
    }
}

impl Verb for Patching {
    type Answer = Patched;

    async fn run(&self, work: &mut Work<'_>) -> Result<Patched> {
        let Self(patch, trail) = self;
        let Some(old) = work.live(patch.session.id).await? else { return Ok(Patched::Gone) };
        if old.row.session.version != patch.expect {
            return Ok(Patched::Stale);
        }
        work.hold_new_subject(&old, &patch.session).await?;
        let new = Row { session: patch.session.clone(), ..old.row };
        work.replace(&old, new, old.pending).await?;
        Ok(Patched::Done(work.done(trail).await?))
    }
}

impl Verb for Rotating {
    type Answer = Rotated;

    async fn run(&self, work: &mut Work<'_>) -> Result<Rotated> {
        let Self(rotate, trail) = self;
        let (session, connection) = (&rotate.row.session, work.connection);
        let Some(old) = work.live(session.id).await? else { return Ok(Rotated::Gone) };
        work.hold_new_subject(&old, session).await?;
        let truth = rows::generations(connection, session.subject.as_ref()).await?;
        if session.generations.superseded_by(truth) {
            return Ok(Rotated::Superseded);
        }
        if old.row.session.version != rotate.expect {
            return Ok(Rotated::Stale);
        }
        if rows::look_up_is_taken(connection, &rotate.row.look_up).await? {
            return Ok(Rotated::Taken);
        }
        if !work.may_go_on(rotate.family.as_ref()).await? {
            return Ok(Rotated::Stale);
        }
        rows::delete_old_tickets(connection, session.id).await?;
        work.replace(&old, rotate.row.clone(), 0).await?;
        work.go_on(rotate.family.as_ref()).await?;
        Ok(Rotated::Done(work.done(trail).await?))
    }
}

impl Verb for Offering {
    type Answer = Offered;

    async fn run(&self, work: &mut Work<'_>) -> Result<Offered> {
        let Self(offer, trail) = self;
        let connection = work.connection;
        let Some(kept) = work.live(offer.session).await? else { return Ok(Offered::Gone) };
        if kept.row.look_up != offer.presented {
            return Ok(Offered::NotCurrent);
        }
        if rows::look_up_is_taken(connection, &offer.look_up).await? {
            return Ok(Offered::Taken);
        }
        if kept.pending >= offer.at_most {
            return Ok(Offered::Enough);
        }
        let round = kept.row.session.ticket.saturating_add(1);
        let old = OldTicket { session: offer.session, standing: Standing::Pending, round, kid: offer.kid };
        rows::put_old_ticket(connection, &offer.look_up, &old, MOST_OLD_TICKETS).await?;
        rows::set_pending(connection, offer.session, kept.pending + 1).await?;
        work.changed(offer.session);
        Ok(Offered::Done(work.done(trail).await?))
    }
}

impl Verb for Promoting {
    type Answer = Promoted;

    async fn run(&self, work: &mut Work<'_>) -> Result<Promoted> {
        let Self(promote, trail) = self;
        let (session, connection) = (promote.session, work.connection);
        let Some(before) = work.live(session).await? else { return Ok(Promoted::Gone) };
        let pending =
            rows::old_ticket(connection, &promote.look_up).await?.filter(|old| old.session == session);
        let Some(OldTicket { standing: Standing::Pending, round, kid, .. }) = pending else {
            return Ok(Promoted::NotPending);
        };
        let (look_up, ticket) = (before.row.look_up, before.row.session.ticket);
        let mut row = Row { look_up: promote.look_up, kid, ..before.row.clone() };
        row.session.version = row.session.version.saturating_add(1);
        let mut still_pending = before.pending;
        if round > ticket {
            (row.session.ticket, row.session.rotated, still_pending) = (round, work.now, 0);
            rows::supersede_pending(connection, session, round, work.now).await?;
        }
        rows::delete_old_ticket(connection, &promote.look_up).await?;
        work.replace(&before, row, still_pending).await?;
        let standing = Standing::Superseded(work.now);
        let superseded = OldTicket { session, standing, round: ticket, kid: before.row.kid };
        rows::put_old_ticket(connection, &look_up, &superseded, MOST_OLD_TICKETS).await?;
        Ok(Promoted::Done(work.done(trail).await?))
    }
}

impl Verb for Raising {
    type Answer = Raised;

    async fn run(&self, work: &mut Work<'_>) -> Result<Raised> {
        let Self(raise, trail) = self;
        Ok(match work.raise(raise).await? {
            Ok(ended) => Raised::Done(work.done(trail).await?, ended),
            Err(not) => not,
        })
    }
}

impl Verb for Touching {
    type Answer = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<()> {
        let mut left = self.0.clone();
        // One session's uses are taken one after the other, as they came; in the order of ids, so that two who write never wait for each other.
        while !left.is_empty() {
            let (mut first, mut later) = (BTreeMap::new(), Vec::new());
            for touch in left {
                match first.entry(touch.session.to_bytes()) {
                    Entry::Vacant(place) => drop(place.insert(touch)),
                    Entry::Occupied(_) => later.push(touch),
                }
            }
            let first: Vec<Touch> = first.into_values().collect();
            rows::touch(work.connection, &first).await?;
            left = later;
        }
        Ok(())
    }
}

impl Verb for Ending {
    type Answer = (Receipt, Vec<SessionId>);

    async fn run(&self, work: &mut Work<'_>) -> Result<Self::Answer> {
        let closed = work.close_all(&self.0).await?;
        Ok((work.done(&Trail::none()).await?, closed))
    }
}

impl Work<'_> {
    /// A session that can still be written to, and that nobody else writes to until this commits.
    pub(crate) async fn live(&self, session: SessionId) -> Result<Option<Kept>> {
        let Some(kept) = rows::held(self.connection, session).await? else { return Ok(None) };
        // Not from the read that waited for the row: what was known then may be older than the row is now.
        let truth = rows::generations(self.connection, kept.row.session.subject.as_ref()).await?;
        let session = &kept.row.session;
        let dead = session.expires() <= self.now || session.generations.superseded_by(truth);
        Ok((!dead).then_some(kept))
    }

    /// A session that becomes somebody's is held as one that begins: before anything is decided by their counters.
    async fn hold_new_subject(&self, old: &Kept, new: &Session) -> Result<()> {
        match new.subject.as_ref().filter(|_| old.row.session.subject != new.subject) {
            Some(subject) => rows::hold_subject(self.connection, subject).await,
            None => Ok(()),
        }
    }

    async fn replace(&mut self, old: &Kept, mut new: Row, pending: u32) -> Result<()> {
        let before = &old.row.session;
        new.session.last_seen = new.session.last_seen.max(before.last_seen);
        self.changed(before.id);
        rows::replace(self.connection, &new, pending).await
    }

    /// Ends the sessions of a subject but perhaps one. Nothing is changed if it cannot.
    pub(crate) async fn raise(&mut self, raise: &Raise) -> Result<core::result::Result<u32, Raised>> {
        let connection = self.connection;
        rows::hold_subject(connection, &raise.subject).await?;
        if rows::generations(connection, Some(&raise.subject)).await?.user != raise.expect {
            return Ok(Err(Raised::Stale));
        }
        let kept = raise.keep.as_ref().map(|keep| keep.row.session.id);
        if let Some(keep) = &raise.keep {
            let session = keep.row.session.id;
            let Some(old) = self.live(session).await? else { return Ok(Err(Raised::Gone)) };
            if old.row.session.version != keep.expect {
                return Ok(Err(Raised::Stale));
            }
            if rows::look_up_is_taken(connection, &keep.row.look_up).await? {
                return Ok(Err(Raised::Taken));
            }
            if !self.may_go_on(keep.family.as_ref()).await? {
                return Ok(Err(Raised::Stale));
            }
            rows::delete_old_tickets(connection, session).await?;
            self.replace(&old, keep.row.clone(), 0).await?;
            self.go_on(keep.family.as_ref()).await?;
        }
        let mut ended = 0;
        for session in rows::ids_of_subject(connection, &raise.subject).await? {
            if Some(session) != kept && self.remove(session).await? {
                ended += 1;
            }
        }
        Ok(Ok(ended))
    }

    /// Ends a session and those that hang from it.
    pub(crate) async fn remove(&mut self, session: SessionId) -> Result<bool> {
        let (mut left, mut was_there) = (vec![session], false);
        while let Some(session) = left.pop() {
            if rows::delete(self.connection, session).await? {
                was_there = true;
                rows::delete_old_tickets(self.connection, session).await?;
                family_rows::delete_of(self.connection, session).await?;
                self.changed(session);
                left.extend(rows::children(self.connection, session).await?);
            }
        }
        Ok(was_there)
    }

    async fn may_close(&self, one: &Closing) -> Result<bool> {
        Ok(match one.when {
            When::Always => true,
            When::Expired => {
                let kept = rows::held_at(self.connection, one.session).await?;
                kept.is_some_and(|expires| expires <= self.now)
            }
            When::Unchanged(version) => {
                let kept = rows::held(self.connection, one.session).await?;
                kept.is_some_and(|kept| kept.row.session.version == version)
            }
        })
    }

    async fn close_all(&mut self, closing: &[Closing]) -> Result<Vec<SessionId>> {
        let mut closed = Vec::new();
        for one in closing {
            if self.may_close(one).await? && self.remove(one.session).await? {
                self.leaves(&one.trail);
                closed.push(one.session);
            }
        }
        Ok(closed)
    }
}
