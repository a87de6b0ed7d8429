//! The verbs of sessions.

use crate::draft::Draft;
use crate::front::Front;
use crate::halt::Step;
use crate::kept::{Kept, OldTicket, Ticket};
use crate::steps::Found;
use crate::store::SplitStore;
use crate::verbs::{Plan, Verb};
use async_trait::async_trait;
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use cloakroom_store::cells::{CellKey, Placing, Shelf};
use cloakroom_store::fault::{Answer, FaultKind};
use cloakroom_store::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch, When,
};

/// How much of a shelf is looked at at once, and how often.
const PAGE: usize = 64;
const PAGES: usize = 32;
/// How many sessions are ended in one change.
const ENDS_AT_ONCE: usize = 32;
/// A change that has not come to its end in this time has nobody any more who brings it there.
const ABANDONED: Span = Span::minutes(1);
/// What stands on a shelf and is not there: taken away if it has been so for this long. What is being opened is placed first.
const SETTLED: Span = Span::minutes(1);

#[async_trait]
impl Sessions for SplitStore {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        self.front.run(Loading(*look_up)).await
    }

    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>> {
        self.front.run(Finding(session)).await
    }

    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>> {
        self.front.run(Listing(subject.clone())).await
    }

    async fn expired(&self, at_most: usize) -> Answer<Expired> {
        self.front.run(Looking(at_most)).await
    }

    async fn census(&self) -> Answer<Census> {
        self.front.run(Counting).await
    }

    async fn open(&self, open: Open, trail: &Trail) -> Answer<Opened> {
        self.front.run(Opening(open, trail.clone())).await
    }

    async fn patch(&self, patch: Patch, trail: &Trail) -> Answer<Patched> {
        self.front.run(Patching(patch, trail.clone())).await
    }

    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated> {
        self.front.run(Rotating(rotate, trail.clone())).await
    }

    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered> {
        self.front.run(Offering(offer, trail.clone())).await
    }

    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted> {
        self.front.run(Promoting(promote, trail.clone())).await
    }

    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised> {
        self.front.run(Raising(raise, trail.clone())).await
    }

    async fn touch(&self, touches: Vec<Touch>) -> Answer<()> {
        let mut failed = Ok(());
        for touch in touches {
            match self.front.run(Touching(touch)).await {
                Err(fault) if fault.kind() != FaultKind::Corrupt => failed = Err(fault),
                _ => {}
            }
        }
        failed
    }

    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        let mut some = closing.chunks(ENDS_AT_ONCE);
        let first = some.next().unwrap_or_default().to_vec();
        let (mut receipt, mut closed) = self.front.run(Ending(first)).await?;
        for more in some {
            let (next, more) = self.front.run(Ending(more.to_vec())).await?;
            receipt.facts.extend(next.facts);
            (receipt.lane, receipt.head) = (next.lane, next.head);
            closed.extend(more);
        }
        Ok((receipt, closed))
    }
}

struct Loading(LookUp);
struct Finding(SessionId);
struct Listing(SubjectId);
struct Looking(usize);
struct Counting;
struct Opening(Open, Trail);
struct Patching(Patch, Trail);
struct Rotating(Rotate, Trail);
struct Offering(Offer, Trail);
struct Promoting(Promote, Trail);
struct Raising(Raise, Trail);
struct Touching(Touch);
struct Ending(Vec<Closing>);

fn loaded(found: Found, standing: Standing) -> Loaded {
    Loaded { pending: found.kept.pending(), truth: found.truth, standing, row: found.kept.row }
}

impl Verb for Loading {
    type Answer = Option<Loaded>;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        Ok(Plan::Nothing(match draft.ticket(self.0).await? {
            None => None,
            Some(Ticket::Current(kept)) => {
                draft.current(*kept).await?.map(|found| loaded(found, Standing::Current))
            }
            Some(Ticket::Of(session)) => draft.find(session).await?.and_then(|found| {
                let standing = match found.kept.old_ticket(&self.0) {
                    Some(old) => old.standing,
                    None if found.kept.row.look_up == self.0 => Standing::Current,
                    None => return None,
                };
                Some(loaded(found, standing))
            }),
        }))
    }
}

impl Verb for Finding {
    type Answer = Option<Loaded>;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        Ok(Plan::Nothing(draft.find(self.0).await?.map(|found| loaded(found, Standing::Current))))
    }
}

impl Verb for Listing {
    type Answer = Vec<Row>;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let ids = draft.ids_of(&self.0).await?;
        let mut rows: Vec<Row> =
            draft.find_all(&ids).await?.into_iter().map(|found| found.kept.row).collect();
        rows.sort_by_key(|row| (row.session.last_seen, row.session.id));
        Ok(Plan::Nothing(rows))
    }
}

impl Verb for Looking {
    type Answer = Expired;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let (cells, now) = (&draft.front.cells, draft.now);
        let mut expired = Expired::default();
        for shelf in [Shelf::SignedIn, Shelf::Anonymous] {
            let settled = cells.ended(shelf, now.minus(SETTLED), PAGE).await?;
            for _ in 0..PAGES {
                let due = cells.ended(shelf, now, PAGE).await?;
                let ids =
                    due.iter().filter_map(|name| name.as_slice().try_into().ok().map(SessionId::from_bytes));
                let found = draft.find_all(&ids.collect::<Vec<_>>()).await?;
                let row_of = |name: &[u8]| {
                    let of = |found: &&Found| found.kept.id().to_bytes() == name;
                    found.iter().find(of).map(|found| &found.kept.row)
                };
                let (is_full, mut places) = (due.len() == PAGE, Vec::new());
                for name in due {
                    let ends = row_of(&name).map(|row| row.session.expires());
                    match row_of(&name) {
                        Some(row) if row.session.expires() > now => {
                            places.push(Placing { shelf, name, ends })
                        }
                        Some(row) if expired.rows.len() < self.0 => expired.rows.push(row.clone()),
                        Some(_) => expired.more = true,
                        None if settled.contains(&name) || name.len() != 16 => {
                            places.push(Placing { shelf, name, ends: None });
                        }
                        None => {}
                    }
                }
                draft.front.place(&places).await?;
                expired.more |= is_full;
                // A page of those who are there still says nothing of the next one.
                if !is_full || places.is_empty() || expired.rows.len() >= self.0 {
                    break;
                }
            }
        }
        for (intent, key) in cells.abandoned(now.minus(ABANDONED), PAGE).await? {
            draft.front.finish(intent, &[key]).await?;
        }
        let over = cells.ended(Shelf::OldTickets, now, PAGE).await?.into_iter();
        let places: Vec<_> =
            over.map(|name| Placing { shelf: Shelf::OldTickets, name, ends: None }).collect();
        draft.front.place(&places).await?;
        Ok(Plan::Nothing(expired))
    }
}

impl Verb for Counting {
    type Answer = Census;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let cells = &draft.front.cells;
        Ok(Plan::Nothing(Census {
            signed_in: cells.count(Shelf::SignedIn).await?,
            anonymous: cells.count(Shelf::Anonymous).await?,
            old_tickets: cells.count(Shelf::OldTickets).await?,
        }))
    }
}

impl Verb for Opening {
    type Answer = Opened;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Opened>> {
        let Self(open, trail) = self;
        let session = &open.row.session;
        let mut taken = vec![CellKey::Session(session.id), CellKey::Ticket(open.row.look_up)];
        taken.extend(open.family.as_ref().map(|family| CellKey::Family(family.id)));
        let of_subject = session.subject.clone().map(CellKey::Subject);
        draft.fetch(taken.iter().cloned().chain(of_subject).collect()).await?;
        for key in taken {
            if draft.read(key).await?.is_some() {
                return Ok(Plan::Nothing(Opened::Taken));
            }
        }
        let orphan = match session.parent {
            Some(parent) if open.closing.iter().any(|closing| closing.session == parent) => true,
            Some(parent) => draft.live(parent).await?.is_none(),
            None => false,
        };
        if orphan || session.generations.superseded_by(draft.truth(session.subject.as_ref()).await?) {
            return Ok(Plan::Nothing(Opened::Superseded));
        }
        for one in &open.closing {
            if matches!(one.when, When::Unchanged(_)) && !draft.may_close(one).await? {
                return Ok(Plan::Nothing(Opened::Crowded));
            }
        }
        if let (Some(subject), Some(at_most)) = (&session.subject, open.at_most) {
            let closing = |id: &SessionId| open.closing.iter().any(|closing| closing.session == *id);
            let mut ids = draft.ids_of(subject).await?;
            ids.retain(|id| !closing(id));
            // Who has not so many places has not taken too many; and what was lost takes nobody's.
            let at_most = at_most as usize;
            if ids.len() >= at_most && draft.find_all(&ids).await?.len() >= at_most {
                return Ok(Plan::Nothing(Opened::Crowded));
            }
        }
        let closed = draft.close_all(&open.closing).await?;
        draft.insert(Kept::new(open.row.clone(), open.family.clone())).await?;
        draft.leaves(trail);
        Ok(Plan::commit(|receipt| Opened::Done(receipt, closed)))
    }
}

impl Verb for Patching {
    type Answer = Patched;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Patched>> {
        let Self(patch, trail) = self;
        let Some(Found { kept, .. }) = draft.live(patch.session.id).await? else {
            return Ok(Plan::Nothing(Patched::Gone));
        };
        if kept.session().version != patch.expect {
            return Ok(Plan::Nothing(Patched::Stale));
        }
        let row = Row { session: patch.session.clone(), ..kept.row.clone() };
        draft.replace(&kept, Kept { row, ..kept.clone() }).await?;
        draft.leaves(trail);
        Ok(Plan::commit(Patched::Done))
    }
}

impl Verb for Rotating {
    type Answer = Rotated;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Rotated>> {
        let Self(rotate, trail) = self;
        let session = &rotate.row.session;
        let Some(Found { kept, .. }) = draft.live(session.id).await? else {
            return Ok(Plan::Nothing(Rotated::Gone));
        };
        if session.generations.superseded_by(draft.truth(session.subject.as_ref()).await?) {
            return Ok(Plan::Nothing(Rotated::Superseded));
        }
        if kept.session().version != rotate.expect {
            return Ok(Plan::Nothing(Rotated::Stale));
        }
        if draft.ticket(rotate.row.look_up).await?.is_some() {
            return Ok(Plan::Nothing(Rotated::Taken));
        }
        if draft.rotate(kept, rotate).await?.is_none() {
            return Ok(Plan::Nothing(Rotated::Stale));
        }
        draft.leaves(trail);
        Ok(Plan::commit(Rotated::Done))
    }
}

impl Verb for Offering {
    type Answer = Offered;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Offered>> {
        let Self(offer, trail) = self;
        let Some(Found { kept, .. }) = draft.live(offer.session).await? else {
            return Ok(Plan::Nothing(Offered::Gone));
        };
        if kept.row.look_up != offer.presented {
            return Ok(Plan::Nothing(Offered::NotCurrent));
        }
        if draft.ticket(offer.look_up).await?.is_some() {
            return Ok(Plan::Nothing(Offered::Taken));
        }
        if kept.pending() >= offer.at_most {
            return Ok(Plan::Nothing(Offered::Enough));
        }
        let round = kept.session().ticket.saturating_add(1);
        let ticket = OldTicket { look_up: offer.look_up, standing: Standing::Pending, round, kid: offer.kid };
        let mut new = kept.clone();
        draft.remember(&mut new, ticket).await?;
        draft.replace(&kept, new).await?;
        draft.leaves(trail);
        Ok(Plan::commit(Offered::Done))
    }
}

impl Verb for Promoting {
    type Answer = Promoted;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Promoted>> {
        let Self(promote, trail) = self;
        let Some(Found { kept: before, .. }) = draft.live(promote.session).await? else {
            return Ok(Plan::Nothing(Promoted::Gone));
        };
        let pending = before.old_ticket(&promote.look_up).filter(|old| old.standing == Standing::Pending);
        let Some(OldTicket { round, kid, .. }) = pending.cloned() else {
            return Ok(Plan::Nothing(Promoted::NotPending));
        };
        let (now, ticket) = (draft.now, before.session().ticket);
        let mut new = before.clone();
        (new.row.look_up, new.row.kid) = (promote.look_up, kid);
        new.row.session.version = before.session().version.saturating_add(1);
        new.old.retain(|old| old.look_up != promote.look_up);
        if round > ticket {
            (new.row.session.ticket, new.row.session.rotated) = (round, now);
            let left_over = |old: &&mut OldTicket| old.standing == Standing::Pending && old.round < round;
            new.old.iter_mut().filter(left_over).for_each(|old| old.standing = Standing::Superseded(now));
        }
        draft.replace(&before, new.clone()).await?;
        draft.placings.push(Placing {
            shelf: Shelf::OldTickets,
            name: promote.look_up.0.to_vec(),
            ends: None,
        });
        let superseded = OldTicket {
            look_up: before.row.look_up,
            standing: Standing::Superseded(now),
            round: ticket,
            kid: before.row.kid,
        };
        draft.remember(&mut new, superseded).await?;
        draft.replace(&new, new.clone()).await?;
        draft.leaves(trail);
        Ok(Plan::commit(Promoted::Done))
    }
}

impl Verb for Raising {
    type Answer = Raised;

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Raised>> {
        let Self(raise, trail) = self;
        Ok(match draft.raise(raise).await? {
            Err(not) => Plan::Nothing(not),
            Ok(ended) => {
                draft.leaves(trail);
                Plan::commit(move |receipt| Raised::Done(receipt, ended))
            }
        })
    }

    /// How many sessions that ends cannot be told.
    async fn alone(&self, front: &Front) -> Option<Answer<Raised>> {
        let Self(Raise { keep: None, .. }, trail) = self else { return None };
        let published = front.durable.ledger.publish_as(front.intents.next(), trail).await;
        Some(published.map(|receipt| receipt.map_or(Raised::Stale, |receipt| Raised::Done(receipt, 0))))
    }
}

impl Verb for Touching {
    type Answer = ();

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<()>> {
        let Touch { session, since, seen } = self.0;
        let found = draft.find(session).await?.filter(|found| found.kept.session().expires() > since);
        let Some(Found { kept, .. }) = found.filter(|found| found.kept.session().last_seen < seen) else {
            return Ok(Plan::Nothing(()));
        };
        let mut new = kept.clone();
        new.row.session.last_seen = seen;
        draft.replace(&kept, new).await?;
        // It is no other session than before: nobody has to forget it.
        draft.changed.clear();
        Ok(Plan::commit(drop))
    }
}

impl Verb for Ending {
    type Answer = (Receipt, Vec<SessionId>);

    async fn plan(&self, draft: &mut Draft<'_>) -> Step<Plan<Self::Answer>> {
        let closed = draft.close_all(&self.0).await?;
        Ok(Plan::commit(|receipt| (receipt, closed)))
    }

    /// What each of them leaves behind is told, whether it was there or not.
    async fn alone(&self, front: &Front) -> Option<Answer<Self::Answer>> {
        let mut trail = Trail::none();
        for one in &self.0 {
            if one.when != When::Always {
                return None;
            }
            trail.and(one.trail.clone());
        }
        let published = front.durable.ledger.publish(&trail).await;
        Some(published.map(|receipt| (receipt, self.0.iter().map(|one| one.session).collect())))
    }
}
