//! The steps that verbs are made of.

use crate::draft::Draft;
use crate::halt::{Halt, Step};
use crate::kept::{Kept, OldTicket, Ticket, decode_ids, encode_ids};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Generations;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Span;
use cloakroom_store::cells::{CellKey, Placing, Shelf};
use cloakroom_store::families::follows;
use cloakroom_store::fault::{Fault, FaultKind};
use cloakroom_store::sessions::{Closing, Raise, Raised, Rotate, When};

/// How long after its end a record may be forgotten by the fast store itself, if nobody takes it away.
pub(crate) const LINGERS: Span = Span::days(1);

/// How long the list of a subject's sessions is when it is looked through for the first time, and then whenever it is twice as long: what that
/// costs does not grow with each of them.
const STRUCK_FROM: usize = 32;

/// A session with the counters of its subject.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) kept: Kept,
    pub(crate) truth: Generations,
}

pub(crate) const fn shelf_of(kept: &Kept) -> Shelf {
    match kept.session().subject {
        Some(_) => Shelf::SignedIn,
        None => Shelf::Anonymous,
    }
}

/// What decides whether a session is believed.
fn asked_of(kept: &Kept) -> impl Iterator<Item = FactKey> {
    let session = kept.session();
    let own = [FactKey::Session(session.id), FactKey::Version(session.id), FactKey::Epoch];
    let parent = session.parent.map(FactKey::Session);
    own.into_iter().chain(session.subject.clone().map(FactKey::User)).chain(parent)
}

/// The counters that a session depends on; none if it was revoked, or if there is a newer version of it.
fn believed(kept: &Kept, known: &[(FactKey, Option<u64>)]) -> Option<Generations> {
    let (session, mut truth) = (kept.session(), Generations::default());
    for (key, at_least) in known {
        let at_least = at_least.unwrap_or_default();
        match key {
            FactKey::User(_) => truth.user = at_least,
            FactKey::Epoch => truth.epoch = at_least,
            FactKey::Version(_) if at_least <= session.version => {}
            _ if at_least == 0 => {}
            _ => return None,
        }
    }
    Some(truth)
}

impl Draft<'_> {
    pub(crate) async fn ticket(&mut self, look_up: LookUp) -> Step<Option<Ticket>> {
        let key = CellKey::Ticket(look_up);
        let found = self.read(key.clone()).await?;
        if self.is_broken(&key) {
            return Err(Halt::Fault(Fault::of(FaultKind::Corrupt)));
        }
        let Some(bytes) = found else { return Ok(None) };
        let ticket = Ticket::decode(&bytes)?;
        match &ticket {
            Ticket::Current(kept) if kept.row.look_up != look_up => Err(Malformed.into()),
            _ => Ok(Some(ticket)),
        }
    }

    pub(crate) async fn truth(&self, subject: Option<&SubjectId>) -> Step<Generations> {
        Ok(self.front.durable.ledger.generations(subject).await?)
    }

    /// A session as the fast store has it, if the durable one knows nothing else: what it has lost since is not believed.
    pub(crate) async fn believe(&mut self, kept: Kept) -> Step<Option<Found>> {
        let id = kept.id();
        if let Some(truth) = self.believed.get(&id) {
            return Ok(Some(Found { truth: *truth, kept }));
        }
        self.ask_about(core::slice::from_ref(&kept)).await?;
        if let Some(truth) = self.believed.get(&id) {
            return Ok(Some(Found { truth: *truth, kept }));
        }
        // It is over; unless it was changed between the two looks.
        let key = CellKey::Ticket(kept.row.look_up);
        let before = self.revision(&key);
        self.drop_read(core::slice::from_ref(&key));
        self.fetch(vec![key.clone()]).await?;
        if self.revision(&key) == before { Ok(None) } else { Err(Halt::Again) }
    }

    /// A session by its current ticket, if that is what the session names: else nobody could end it.
    pub(crate) async fn current(&mut self, kept: Kept) -> Step<Option<Found>> {
        let (id, key, cells) = (kept.id(), CellKey::Ticket(kept.row.look_up), &self.front.cells);
        let named = [CellKey::Session(id)];
        let (named, asked) = tokio::join!(cells.read(&named), self.ask_about(core::slice::from_ref(&kept)));
        asked?;
        let named = named?.pop().unwrap_or_default();
        if named.value.as_deref() == Some(kept.row.look_up.0.as_slice()) {
            return self.believe(kept).await;
        }
        if let Some(intent) = named.claim {
            return Err(Halt::Claimed(CellKey::Session(id), intent));
        }
        let before = self.revision(&key);
        self.drop_read(core::slice::from_ref(&key));
        self.fetch(vec![key.clone()]).await?;
        if self.revision(&key) == before { Ok(None) } else { Err(Halt::Again) }
    }

    /// The session of an id.
    pub(crate) async fn find(&mut self, id: SessionId) -> Step<Option<Found>> {
        let of_session = CellKey::Session(id);
        let mut before = None;
        loop {
            let Some(bytes) = self.read(of_session.clone()).await? else { return Ok(None) };
            let look_up = LookUp(bytes.try_into().map_err(|_| Malformed)?);
            self.fetch(vec![CellKey::Ticket(look_up)]).await?;
            // Its ticket opens nothing; it must not keep its user from anything else.
            if self.is_broken(&CellKey::Ticket(look_up)) {
                return Ok(None);
            }
            if let Some(Ticket::Current(kept)) = self.ticket(look_up).await?
                && kept.id() == id
            {
                return self.believe(*kept).await;
            }
            // It got another ticket between the two looks; or the store has lost one of the two.
            let of_ticket = CellKey::Ticket(look_up);
            let seen = Some((self.revision(&of_session), self.revision(&of_ticket)));
            if before == seen {
                return Ok(None);
            }
            before = seen;
            self.drop_read(&[of_session.clone(), of_ticket]);
        }
    }

    /// The sessions of these ids that are there. Both stores are asked for all of them at once.
    pub(crate) async fn find_all(&mut self, ids: &[SessionId]) -> Step<Vec<Found>> {
        self.fetch(ids.iter().copied().map(CellKey::Session).collect()).await?;
        let mut tickets = Vec::new();
        for id in ids {
            let look_up = self.read(CellKey::Session(*id)).await?.map(TryInto::try_into);
            tickets.extend(look_up.transpose().map_err(|_| Malformed)?.map(LookUp));
        }
        self.fetch(tickets.iter().copied().map(CellKey::Ticket).collect()).await?;
        let mut unasked = Vec::new();
        for look_up in tickets {
            if !self.is_broken(&CellKey::Ticket(look_up))
                && let Some(Ticket::Current(kept)) = self.ticket(look_up).await?
                && !self.believed.contains_key(&kept.id())
            {
                unasked.push(*kept);
            }
        }
        self.ask_about(&unasked).await?;
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.find(*id).await?);
        }
        Ok(found)
    }

    /// Notes what the durable store knows of sessions, unless it knows that they are over.
    async fn ask_about(&mut self, all: &[Kept]) -> Step<()> {
        let keys: Vec<FactKey> = all.iter().flat_map(asked_of).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let known = self.front.durable.ledger.known(&keys).await?;
        let mut known = keys.into_iter().zip(known);
        for kept in all {
            let own: Vec<_> = known.by_ref().take(asked_of(kept).count()).collect();
            if let Some(truth) = believed(kept, &own) {
                self.believed.insert(kept.id(), truth);
            }
        }
        Ok(())
    }

    /// A session that can still be written to.
    pub(crate) async fn live(&mut self, id: SessionId) -> Step<Option<Found>> {
        let now = self.now;
        let found = self.find(id).await?;
        Ok(found.filter(|found| {
            let session = found.kept.session();
            session.expires() > now && !session.generations.superseded_by(found.truth)
        }))
    }

    pub(crate) async fn ids_of(&mut self, subject: &SubjectId) -> Step<Vec<SessionId>> {
        let ids = self.read(CellKey::Subject(subject.clone())).await?;
        Ok(ids.map(|ids| decode_ids(&ids)).transpose()?.unwrap_or_default())
    }

    fn keep(&self, kept: &Kept) -> Span {
        kept.session().absolute.plus(LINGERS).since(self.now).max(LINGERS)
    }

    /// A session's record under its current ticket.
    async fn write(&mut self, kept: &Kept) -> Step<()> {
        let keep = self.keep(kept);
        let ticket = Ticket::Current(Box::new(kept.clone())).encode();
        self.put(CellKey::Ticket(kept.row.look_up), Some(ticket), keep).await
    }

    async fn list(&mut self, kept: &Kept) -> Step<()> {
        let Some(subject) = &kept.session().subject else { return Ok(()) };
        let mut ids = self.ids_of(subject).await?;
        // What was lost is struck now and then.
        let length = ids.len() + 1;
        if length >= STRUCK_FROM && length.is_power_of_two() {
            ids = self.find_all(&ids).await?.into_iter().map(|found| found.kept.id()).collect();
        }
        ids.push(kept.id());
        self.put(CellKey::Subject(subject.clone()), Some(encode_ids(&ids)), self.keep(kept)).await
    }

    async fn strike(&mut self, kept: &Kept) -> Step<()> {
        let Some(subject) = &kept.session().subject else { return Ok(()) };
        let mut ids = self.ids_of(subject).await?;
        ids.retain(|id| *id != kept.id());
        let left = (!ids.is_empty()).then(|| encode_ids(&ids));
        self.put(CellKey::Subject(subject.clone()), left, Span::ZERO).await
    }

    async fn hang(&mut self, child: &Kept) -> Step<()> {
        let Some(parent) = child.session().parent else { return Ok(()) };
        if let Some(mut found) = self.find(parent).await? {
            found.kept.children.push(child.id());
            self.write(&found.kept).await?;
        }
        Ok(())
    }

    async fn unhang(&mut self, child: &Kept) -> Step<()> {
        let Some(parent) = child.session().parent else { return Ok(()) };
        if let Some(mut found) = self.find(parent).await? {
            found.kept.children.retain(|id| *id != child.id());
            self.write(&found.kept).await?;
        }
        Ok(())
    }

    fn shelve(&mut self, kept: &Kept) {
        let ends = Some(kept.session().expires());
        self.placings.push(Placing { shelf: shelf_of(kept), name: kept.id().to_bytes().to_vec(), ends });
    }

    fn unshelve(&mut self, kept: &Kept) {
        self.placings.push(Placing {
            shelf: shelf_of(kept),
            name: kept.id().to_bytes().to_vec(),
            ends: None,
        });
    }

    /// A new session, everywhere it belongs.
    pub(crate) async fn insert(&mut self, kept: Kept) -> Step<()> {
        let id = kept.id();
        let keep = self.keep(&kept);
        self.believed.insert(id, kept.session().generations);
        self.put(CellKey::Session(id), Some(kept.row.look_up.0.to_vec()), keep).await?;
        for family in &kept.families {
            self.put(CellKey::Family(family.id), Some(id.to_bytes().to_vec()), keep).await?;
        }
        self.list(&kept).await?;
        self.hang(&kept).await?;
        self.write(&kept).await?;
        self.shelve(&kept);
        self.changed.push(id);
        Ok(())
    }

    /// Another record, perhaps under another ticket, in place of what was read.
    pub(crate) async fn replace(&mut self, old: &Kept, mut new: Kept) -> Step<()> {
        let id = old.id();
        let seen = old.session().last_seen;
        new.row.session.last_seen = new.session().last_seen.max(seen);
        if old.row.look_up != new.row.look_up {
            self.put(CellKey::Ticket(old.row.look_up), None, Span::ZERO).await?;
            let look_up = new.row.look_up.0.to_vec();
            self.put(CellKey::Session(id), Some(look_up), self.keep(&new)).await?;
        }
        if old.session().subject != new.session().subject {
            self.strike(old).await?;
            self.list(&new).await?;
            self.unshelve(old);
            self.shelve(&new);
        }
        if old.session().parent != new.session().parent {
            self.unhang(old).await?;
            self.hang(&new).await?;
        }
        self.write(&new).await?;
        self.changed.push(id);
        Ok(())
    }

    /// A ticket that is not current any more, or not yet.
    pub(crate) async fn remember(&mut self, kept: &mut Kept, ticket: OldTicket) -> Step<()> {
        let (look_up, id) = (ticket.look_up, kept.id());
        let ends = Some(kept.session().absolute);
        if let Some(dropped) = kept.remember(ticket) {
            self.forget_ticket(dropped).await?;
        }
        self.put(CellKey::Ticket(look_up), Some(Ticket::Of(id).encode()), self.keep(kept)).await?;
        self.placings.push(Placing { shelf: Shelf::OldTickets, name: look_up.0.to_vec(), ends });
        Ok(())
    }

    pub(crate) async fn forget_ticket(&mut self, look_up: LookUp) -> Step<()> {
        self.placings.push(Placing { shelf: Shelf::OldTickets, name: look_up.0.to_vec(), ends: None });
        self.put(CellKey::Ticket(look_up), None, Span::ZERO).await
    }

    pub(crate) async fn forget_old_tickets(&mut self, kept: &mut Kept) -> Step<()> {
        let old = core::mem::take(&mut kept.old);
        self.fetch(old.iter().map(|old| CellKey::Ticket(old.look_up)).collect()).await?;
        for old in old {
            self.forget_ticket(old.look_up).await?;
        }
        Ok(())
    }

    /// Takes a session and those that hang from it out of everything.
    pub(crate) async fn remove(&mut self, id: SessionId) -> Step<bool> {
        let Some(found) = self.find(id).await? else { return Ok(false) };
        self.unhang(&found.kept).await?;
        let mut going = vec![found.kept];
        while let Some(mut kept) = going.pop() {
            for child in core::mem::take(&mut kept.children) {
                let found = self.find(child).await?.map(|found| found.kept);
                going.extend(found.filter(|child| child.session().parent == Some(kept.id())));
            }
            let with_it = kept.old.iter().map(|old| CellKey::Ticket(old.look_up));
            let with_it = with_it.chain(kept.families.iter().map(|family| CellKey::Family(family.id)));
            let of_subject = kept.session().subject.clone().map(CellKey::Subject);
            self.fetch(with_it.chain(of_subject).collect()).await?;
            self.forget_old_tickets(&mut kept).await?;
            for family in &kept.families {
                self.put(CellKey::Family(family.id), None, Span::ZERO).await?;
            }
            self.strike(&kept).await?;
            self.put(CellKey::Ticket(kept.row.look_up), None, Span::ZERO).await?;
            self.put(CellKey::Session(kept.id()), None, Span::ZERO).await?;
            self.unshelve(&kept);
            self.changed.push(kept.id());
        }
        Ok(true)
    }

    pub(crate) async fn may_close(&mut self, one: &Closing) -> Step<bool> {
        let found = self.find(one.session).await?;
        let Some(session) = found.as_ref().map(|found| found.kept.session()) else { return Ok(false) };
        Ok(match one.when {
            When::Always => true,
            When::Expired => session.expires() <= self.now,
            When::Unchanged(version) => session.version == version,
        })
    }

    /// Ends sessions, each with its trail if it was there. Answers which were.
    pub(crate) async fn close_all(&mut self, closing: &[Closing]) -> Step<Vec<SessionId>> {
        let mut closed = Vec::new();
        self.find_all(&closing.iter().map(|one| one.session).collect::<Vec<_>>()).await?;
        for one in closing {
            if self.may_close(one).await? && self.remove(one.session).await? {
                self.leaves(&one.trail);
                closed.push(one.session);
            } else if one.when == When::Always && self.find(one.session).await?.is_none() {
                // It may be somewhere where it is not found: it is over all the same. That is no news for anybody.
                self.trail.facts.extend(one.trail.facts.iter().cloned());
            }
        }
        Ok(closed)
    }

    /// A new ticket at once, and a family that goes on with it. None if somebody else has renewed that.
    pub(crate) async fn rotate(&mut self, old: Kept, rotate: &Rotate) -> Step<Option<()>> {
        let mut new = Kept { row: rotate.row.clone(), ..old.clone() };
        if let Some(next) = &rotate.family {
            if !old.family(next.id).is_some_and(|current| follows(next, current)) {
                return Ok(None);
            }
            new.go_on(next.clone());
        }
        self.forget_old_tickets(&mut new).await?;
        self.replace(&old, new).await.map(Some)
    }

    /// Ends the sessions of a subject but perhaps one. Nothing is changed if it cannot.
    pub(crate) async fn raise(&mut self, raise: &Raise) -> Step<Result<u32, Raised>> {
        self.hold(CellKey::Subject(raise.subject.clone())).await?;
        if self.truth(Some(&raise.subject)).await?.user != raise.expect {
            return Ok(Err(Raised::Stale));
        }
        let kept = raise.keep.as_ref().map(|keep| keep.row.session.id);
        if let Some(keep) = &raise.keep {
            let Some(old) = self.live(keep.row.session.id).await? else { return Ok(Err(Raised::Gone)) };
            if old.kept.session().version != keep.expect {
                return Ok(Err(Raised::Stale));
            }
            if self.ticket(keep.row.look_up).await?.is_some() {
                return Ok(Err(Raised::Taken));
            }
            if self.rotate(old.kept, keep).await?.is_none() {
                return Ok(Err(Raised::Stale));
            }
        }
        let (mut ended, ids) = (0, self.ids_of(&raise.subject).await?);
        self.find_all(&ids).await?;
        for id in ids {
            if Some(id) != kept && self.remove(id).await? {
                ended += 1;
            }
        }
        Ok(Ok(ended))
    }
}
