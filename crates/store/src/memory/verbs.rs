//! The verbs of sessions.

use super::shards::OldTicket;
use super::state::{MemoryStore, Verb};
use crate::fault::{Answer, Fault, FaultKind};
use crate::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch, When,
};
use async_trait::async_trait;
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;

/// How often one listing of the expired turns the wheel: what was closed early is passed over.
const TURNS: usize = 8;
/// How many places in the queue of anonymous sessions one opening looks at to make room.
const LOOKS: usize = 64;

#[async_trait]
impl Sessions for MemoryStore {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        if let Some(row) = self.shards.row(look_up) {
            return Ok(Some(self.loaded(row, Standing::Current, &self.book.read())));
        }
        let book = self.book.read();
        let found = self.shards.old(look_up).and_then(|old| {
            let row = self.shards.row(book.tickets.get(&old.session)?)?;
            Some(self.loaded(row, old.standing, &book))
        });
        // Between the two looks a promotion may have made the ticket the current one.
        let promoted = || Some(self.loaded(self.shards.row(look_up)?, Standing::Current, &book));
        Ok(found.or_else(promoted))
    }

    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>> {
        let book = self.book.read();
        let row = book.tickets.get(&session).and_then(|look_up| self.shards.row(look_up));
        Ok(row.map(|row| self.loaded(row, Standing::Current, &book)))
    }

    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>> {
        let book = self.book.read();
        let sessions = book.of_subject.get(subject).into_iter().flatten();
        let look_ups = sessions.filter_map(|session| book.tickets.get(session));
        let mut rows: Vec<_> = look_ups.filter_map(|look_up| self.shards.row(look_up)).collect();
        rows.sort_by_key(|row| (row.session.last_seen, row.session.id));
        Ok(rows)
    }

    async fn expired(&self, at_most: usize) -> Answer<Expired> {
        let now = self.clock.now();
        let mut rows = Vec::<Row>::new();
        // The book first, as every verb does.
        let book = self.book.read();
        let mut waiting = self.waiting.write();
        for _ in 0..TURNS {
            for session in waiting.expiry.due(now, at_most - rows.len()) {
                match book.tickets.get(&session).and_then(|look_up| self.shards.row(look_up)) {
                    Some(row) if row.session.expires() <= now => rows.push(row),
                    Some(row) => waiting.expect(session, row.session.expires(), now),
                    None => {}
                }
            }
            if rows.len() >= at_most || waiting.expiry.caught_up(now) {
                break;
            }
        }
        let more = !waiting.expiry.caught_up(now);
        // Back on the wheel until they are really closed: whoever asked may go away.
        rows.iter().for_each(|row| waiting.expiry.put(now, row.session.id));
        Ok(Expired { rows, broken: Vec::new(), more })
    }

    async fn census(&self) -> Answer<Census> {
        let book = self.book.read();
        Ok(Census {
            signed_in: book.signed_in as u64,
            anonymous: book.anonymous() as u64,
            old_tickets: self.shards.old_tickets(),
        })
    }

    async fn open(&self, open: Open, trail: &Trail) -> Answer<Opened> {
        let mut verb = self.verb();
        let session = &open.row.session;
        let family_is_taken =
            open.family.as_ref().is_some_and(|family| verb.book.families.contains_key(&family.id));
        let id_is_taken = verb.book.tickets.contains_key(&session.id);
        if id_is_taken || family_is_taken || self.shards.is_taken(&open.row.look_up) {
            return Ok(Opened::Taken);
        }
        let truth = verb.book.generations(session.subject.as_ref());
        let goes = |parent| open.closing.iter().any(|closing| closing.session == parent);
        let orphan = session.parent.is_some_and(|parent| goes(parent) || verb.live(parent).is_none());
        if session.generations.superseded_by(truth) || orphan {
            return Ok(Opened::Superseded);
        }
        let changed = |one: &Closing| matches!(one.when, When::Unchanged(_)) && !verb.may_close(one);
        if open.closing.iter().any(changed) || verb.is_crowded(&open) {
            return Ok(Opened::Crowded);
        }
        if session.subject.is_none() {
            verb.make_room_for_anonymous();
        } else if verb.book.signed_in.saturating_sub(open.closing.len()) >= self.limits.signed_in {
            return Err(Fault::of(FaultKind::Full));
        }
        let closed = verb.close_all(&open.closing);
        verb.insert(open.row);
        open.family.into_iter().for_each(|family| verb.book.begin(family));
        Ok(Opened::Done(verb.done(trail), closed))
    }

    async fn patch(&self, patch: Patch, trail: &Trail) -> Answer<Patched> {
        let mut verb = self.verb();
        let Some(old) = verb.live(patch.session.id) else { return Ok(Patched::Gone) };
        if old.session.version != patch.expect {
            return Ok(Patched::Stale);
        }
        verb.replace(&old, Row { session: patch.session, ..old.clone() });
        Ok(Patched::Done(verb.done(trail)))
    }

    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated> {
        let mut verb = self.verb();
        let session = &rotate.row.session;
        let Some(old) = verb.live(session.id) else { return Ok(Rotated::Gone) };
        if session.generations.superseded_by(verb.book.generations(session.subject.as_ref())) {
            return Ok(Rotated::Superseded);
        }
        if old.session.version != rotate.expect {
            return Ok(Rotated::Stale);
        }
        if self.shards.is_taken(&rotate.row.look_up) {
            return Ok(Rotated::Taken);
        }
        if !verb.may_go_on(rotate.family.as_ref()) {
            return Ok(Rotated::Stale);
        }
        verb.forget_old_tickets(session.id);
        verb.replace(&old, rotate.row);
        verb.go_on(rotate.family);
        Ok(Rotated::Done(verb.done(trail)))
    }

    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered> {
        let mut verb = self.verb();
        let Some(row) = verb.live(offer.session) else { return Ok(Offered::Gone) };
        if row.look_up != offer.presented {
            return Ok(Offered::NotCurrent);
        }
        if self.shards.is_taken(&offer.look_up) {
            return Ok(Offered::Taken);
        }
        let round = row.session.ticket.saturating_add(1);
        if self.loaded(row, Standing::Current, &verb.book).pending >= offer.at_most {
            return Ok(Offered::Enough);
        }
        let old = OldTicket { session: offer.session, standing: Standing::Pending, round, kid: offer.kid };
        verb.remember_old_ticket(offer.look_up, old);
        Ok(Offered::Done(verb.done(trail)))
    }

    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted> {
        let mut verb = self.verb();
        let Some(before) = verb.live(promote.session) else { return Ok(Promoted::Gone) };
        let pending = self.shards.old(&promote.look_up).filter(|old| old.session == promote.session);
        let Some(OldTicket { standing: Standing::Pending, round, kid, .. }) = pending else {
            return Ok(Promoted::NotPending);
        };
        let (now, session) = (verb.now, promote.session);
        let superseded = |round, kid| OldTicket { session, standing: Standing::Superseded(now), round, kid };
        let mut row = Row { look_up: promote.look_up, kid, ..before.clone() };
        row.session.version = before.session.version.saturating_add(1);
        if round > before.session.ticket {
            row.session.ticket = round;
            row.session.rotated = now;
            for left_over in verb.pending_before(session, round) {
                verb.remember_old_ticket(left_over, superseded(before.session.ticket, kid));
            }
        }
        verb.drop_old_ticket(session, &promote.look_up);
        verb.replace(&before, row);
        verb.remember_old_ticket(before.look_up, superseded(before.session.ticket, before.kid));
        Ok(Promoted::Done(verb.done(trail)))
    }

    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised> {
        let mut verb = self.verb();
        Ok(match verb.raise(raise) {
            Ok(ended) => Raised::Done(verb.done(trail), ended),
            Err(not) => not,
        })
    }

    async fn touch(&self, touches: Vec<Touch>) -> Answer<()> {
        let verb = self.verb();
        for touch in touches {
            if let Some(mut row) = verb.row(touch.session).filter(|row| row.session.expires() > touch.since) {
                row.session.last_seen = row.session.last_seen.max(touch.seen);
                self.shards.put(row);
            }
        }
        Ok(())
    }

    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        let mut verb = self.verb();
        let closed = verb.close_all(&closing);
        Ok((verb.done(&Trail::none()), closed))
    }
}

impl Verb<'_> {
    fn is_crowded(&self, open: &Open) -> bool {
        let (Some(subject), Some(at_most)) = (&open.row.session.subject, open.at_most) else { return false };
        let sessions = self.book.of_subject.get(subject).into_iter().flatten();
        let closing = |session: &&SessionId| open.closing.iter().any(|closing| closing.session == **session);
        sessions.filter(|session| !closing(session)).count() >= at_most as usize
    }

    /// Ends the sessions of a subject but perhaps one. Nothing is changed if it cannot.
    pub(super) fn raise(&mut self, raise: Raise) -> Result<u32, Raised> {
        if self.book.generations(Some(&raise.subject)).user != raise.expect {
            return Err(Raised::Stale);
        }
        let kept = raise.keep.as_ref().map(|keep| keep.row.session.id);
        if let Some(keep) = raise.keep {
            let Some(old) = self.live(keep.row.session.id) else { return Err(Raised::Gone) };
            if old.session.version != keep.expect {
                return Err(Raised::Stale);
            }
            if self.store.shards.is_taken(&keep.row.look_up) {
                return Err(Raised::Taken);
            }
            if !self.may_go_on(keep.family.as_ref()) {
                return Err(Raised::Stale);
            }
            self.forget_old_tickets(keep.row.session.id);
            self.go_on(keep.family);
            self.replace(&old, keep.row);
        }
        let sessions = self.book.of_subject.get(&raise.subject).cloned().unwrap_or_default();
        let others = sessions.into_iter().filter(|session| Some(*session) != kept);
        Ok(others.map(|session| self.remove(session)).filter(|removed| *removed).count() as u32)
    }

    /// Anonymous sessions are bounded: the oldest goes, unless it was used since it was queued.
    fn make_room_for_anonymous(&mut self) {
        for _ in 0..LOOKS {
            let full = self.book.anonymous() >= self.store.limits.anonymous;
            let mut waiting = self.store.waiting.write();
            let Some((session, queued)) = waiting.anonymous.front().copied() else { return };
            let seen = self.row(session).map(|row| row.session.last_seen);
            match seen {
                Some(_) if !full => return,
                Some(seen) if seen > queued => waiting.anonymous.push_back((session, seen)),
                _ => {}
            }
            waiting.anonymous.pop_front();
            drop(waiting);
            if seen.is_some_and(|seen| seen <= queued) {
                self.remove(session);
            }
        }
    }

    fn pending_before(&self, session: SessionId, round: u32) -> Vec<LookUp> {
        let tickets = self.book.old_tickets.get(&session).into_iter().flatten();
        let left_over = |look_up: &&LookUp| {
            let old = self.store.shards.old(look_up);
            old.is_some_and(|old| old.standing == Standing::Pending && old.round < round)
        };
        tickets.filter(left_over).copied().collect()
    }

    fn drop_old_ticket(&mut self, session: SessionId, look_up: &LookUp) {
        self.store.shards.take_old(look_up);
        if let Some(tickets) = self.book.old_tickets.get_mut(&session) {
            tickets.retain(|other| other != look_up);
        }
    }
}
