//! Stores that cheat, one rule each. The suite must catch every one of them, or it proves nothing.

use super::rig::Rig;
use crate::events::{Erased, Events};
use crate::families::{Asked, Families, Held, How, Present, Presented};
use crate::fault::Answer;
use crate::ledger::{Intent, LaneTail, Ledger, number_of};
use crate::sessions::{
    Census, Closing, Expired, Loaded, Offer, Offered, Open, Opened, Patch, Patched, Promote, Promoted, Raise,
    Raised, Rotate, Rotated, Sessions, Touch,
};
use crate::stores::Stores;
use crate::watch::{Watch, Watcher};
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Generations, Row, Standing};
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use parking_lot::Mutex;
use std::sync::Arc;

/// One way to cheat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cheat {
    /// A patch from an older version goes through.
    LostUpdate,
    /// A patch on a closed session brings it back.
    ResurrectOnPatch,
    /// A closing is acknowledged and done later.
    AckBeforeCommit,
    /// Facts about sessions are dropped at once.
    FactsDroppedEarly,
    /// Any failure to read is "there is none".
    OutageAsAbsent,
    /// Opening on a taken id or ticket says it worked.
    TakenIsAdopted,
    /// A proof from before a revocation opens all the same.
    OlderProofOpens,
    /// The limit of sessions is not looked at.
    LimitIgnored,
    /// A refused verb leaves its events behind.
    EventsOfRefusedVerbs,
    /// Nobody is told of commits.
    NobodyIsTold,
    /// A superseded ticket is as good as the current one.
    SupersededIsCurrent,
    /// A rotation leaves the old ticket working.
    OldTicketWorksOn,
    /// Closing what is already closed tells of it again.
    ClosedTwice,
    /// Facts are listed newest first.
    FactsOutOfOrder,
    /// The head of a lane is what was found of it.
    HeadOfAPage,
    /// The heads are read before the facts, and not together with them.
    TornTail,
    /// An older refresh token is as good as the previous one.
    ReuseIsARetry,
    /// A retry gets a token of its own.
    TwoSuccessors,
    /// A change that was called off can be done later.
    CalledOffIsDone,
    /// Whoever asks after a change that nobody has done is told that it is done.
    OpenIsDone,
}

impl Cheat {
    /// All of them.
    pub const ALL: [Cheat; 20] = [
        Self::LostUpdate,
        Self::ResurrectOnPatch,
        Self::AckBeforeCommit,
        Self::FactsDroppedEarly,
        Self::OutageAsAbsent,
        Self::TakenIsAdopted,
        Self::OlderProofOpens,
        Self::LimitIgnored,
        Self::EventsOfRefusedVerbs,
        Self::NobodyIsTold,
        Self::SupersededIsCurrent,
        Self::OldTicketWorksOn,
        Self::ClosedTwice,
        Self::FactsOutOfOrder,
        Self::HeadOfAPage,
        Self::TornTail,
        Self::ReuseIsARetry,
        Self::TwoSuccessors,
        Self::CalledOffIsDone,
        Self::OpenIsDone,
    ];
}

/// How often a cheat insists.
const TRIES: usize = 8;

/// An honest store behind a dishonest front.
struct Front {
    inner: Stores,
    cheat: Cheat,
    /// What was acknowledged and not done.
    later: Mutex<Vec<Closing>>,
    /// What closed sessions looked like, and old tickets with their sessions.
    remembered: Mutex<Vec<Row>>,
}

/// The rig of a store that cheats.
#[must_use]
pub fn cheating(rig: Rig, cheat: Cheat) -> Rig {
    let front = Arc::new(Front {
        inner: rig.stores.clone(),
        cheat,
        later: Mutex::default(),
        remembered: Mutex::default(),
    });
    let stores = Stores {
        sessions: front.clone(),
        families: front.clone(),
        ledger: front.clone(),
        events: front.clone(),
        watch: front,
        ..rig.stores.clone()
    };
    Rig { stores, ..rig }
}

impl Front {
    fn is(&self, cheat: Cheat) -> bool {
        self.cheat == cheat
    }

    async fn catch_up(&self) -> Answer<()> {
        let later = core::mem::take(&mut *self.later.lock());
        if !later.is_empty() {
            self.inner.sessions.close(later).await?;
        }
        Ok(())
    }

    fn facts_kept(&self, trail: &Trail) -> Trail {
        let mut trail = trail.clone();
        if self.is(Cheat::FactsDroppedEarly) {
            trail.facts.retain(|kept| !matches!(kept.fact.key, FactKey::Session(_)));
        }
        trail
    }

    async fn events_of_refused(&self, trail: &Trail) -> Answer<()> {
        if self.is(Cheat::EventsOfRefusedVerbs) {
            self.inner.ledger.publish(trail).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Sessions for Front {
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>> {
        self.catch_up().await?;
        let loaded = match self.inner.sessions.load(look_up).await {
            Err(_) if self.is(Cheat::OutageAsAbsent) => return Ok(None),
            answer => answer?,
        };
        if let Some(loaded) = loaded {
            let superseded = matches!(loaded.standing, Standing::Superseded(_));
            let standing = if superseded && self.is(Cheat::SupersededIsCurrent) {
                Standing::Current
            } else {
                loaded.standing
            };
            return Ok(Some(Loaded { standing, ..loaded }));
        }
        let old = self.remembered.lock().iter().find(|row| row.look_up == *look_up).cloned();
        match old {
            Some(old) if self.is(Cheat::OldTicketWorksOn) => self.inner.sessions.find(old.session.id).await,
            _ => Ok(None),
        }
    }

    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>> {
        self.catch_up().await?;
        self.inner.sessions.find(session).await
    }

    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>> {
        self.catch_up().await?;
        self.inner.sessions.of_subject(subject).await
    }

    async fn expired(&self, at_most: usize) -> Answer<Expired> {
        self.inner.sessions.expired(at_most).await
    }

    async fn census(&self) -> Answer<Census> {
        self.catch_up().await?;
        self.inner.sessions.census().await
    }

    async fn open(&self, mut open: Open, trail: &Trail) -> Answer<Opened> {
        self.catch_up().await?;
        if self.is(Cheat::LimitIgnored) {
            open.at_most = None;
        }
        let mut opened = self.inner.sessions.open(open.clone(), trail).await?;
        for _ in 0..TRIES {
            if !self.is(Cheat::OlderProofOpens) || opened != Opened::Superseded {
                break;
            }
            open.row.session.generations =
                self.inner.ledger.generations(open.row.session.subject.as_ref()).await?;
            opened = self.inner.sessions.open(open.clone(), trail).await?;
        }
        match opened {
            Opened::Taken if self.is(Cheat::TakenIsAdopted) => {
                let receipt = self.inner.ledger.publish(&Trail::none()).await?;
                Ok(Opened::Done(receipt, Vec::new()))
            }
            Opened::Taken | Opened::Superseded | Opened::Crowded => {
                self.events_of_refused(trail).await?;
                Ok(opened)
            }
            Opened::Done(..) => Ok(opened),
        }
    }

    async fn patch(&self, mut patch: Patch, trail: &Trail) -> Answer<Patched> {
        self.catch_up().await?;
        let mut patched = self.inner.sessions.patch(patch.clone(), trail).await?;
        for _ in 0..TRIES {
            if !self.is(Cheat::LostUpdate) || patched != Patched::Stale {
                break;
            }
            if let Some(loaded) = self.inner.sessions.find(patch.session.id).await? {
                patch.expect = loaded.row.session.version;
            }
            patched = self.inner.sessions.patch(patch.clone(), trail).await?;
        }
        let closed = self.remembered.lock().iter().find(|row| row.session.id == patch.session.id).cloned();
        match (patched, closed) {
            (Patched::Gone, Some(row)) if self.is(Cheat::ResurrectOnPatch) => {
                let row = Row { session: patch.session, ..row };
                match self
                    .inner
                    .sessions
                    .open(Open { row, at_most: None, closing: Vec::new(), family: None }, trail)
                    .await?
                {
                    Opened::Done(receipt, _) => Ok(Patched::Done(receipt)),
                    _ => Ok(Patched::Gone),
                }
            }
            (patched, _) => Ok(patched),
        }
    }

    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated> {
        self.catch_up().await?;
        if let Some(loaded) = self.inner.sessions.find(rotate.row.session.id).await? {
            self.remembered.lock().push(loaded.row);
        }
        self.inner.sessions.rotate(rotate, trail).await
    }

    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered> {
        self.inner.sessions.offer(offer, trail).await
    }

    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted> {
        self.inner.sessions.promote(promote, trail).await
    }

    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised> {
        self.catch_up().await?;
        self.inner.sessions.raise(raise, trail).await
    }

    async fn touch(&self, touches: Vec<Touch>) -> Answer<()> {
        self.inner.sessions.touch(touches).await
    }

    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)> {
        self.catch_up().await?;
        for one in &closing {
            if let Some(loaded) = self.inner.sessions.find(one.session).await? {
                self.remembered.lock().push(loaded.row);
            } else if self.is(Cheat::ClosedTwice) {
                self.inner.ledger.publish(&one.trail).await?;
            }
        }
        if self.is(Cheat::AckBeforeCommit) {
            let closed = closing.iter().map(|closing| closing.session).collect();
            *self.later.lock() = closing;
            let receipt = self.inner.ledger.publish(&Trail::none()).await?;
            return Ok((receipt, closed));
        }
        let kept = closing.iter().map(|one| Closing { trail: self.facts_kept(&one.trail), ..one.clone() });
        self.inner.sessions.close(kept.collect()).await
    }
}

#[async_trait]
impl Ledger for Front {
    async fn generations(&self, subject: Option<&SubjectId>) -> Answer<Generations> {
        self.inner.ledger.generations(subject).await
    }

    async fn known(&self, keys: &[FactKey]) -> Answer<Vec<Option<u64>>> {
        self.inner.ledger.known(keys).await
    }

    async fn heads(&self) -> Answer<Vec<(LaneId, u64)>> {
        self.inner.ledger.heads().await
    }

    async fn since(&self, after: &[(LaneId, u64)], at_most: usize) -> Answer<Vec<LaneTail>> {
        let before = self.inner.ledger.heads().await?;
        if self.is(Cheat::TornTail) {
            (0..TRIES).for_each(|_| std::thread::yield_now());
        }
        let mut lanes = self.inner.ledger.since(after, at_most).await?;
        for lane in &mut lanes {
            if self.is(Cheat::FactsOutOfOrder) {
                lane.entries.reverse();
            }
            if self.is(Cheat::HeadOfAPage)
                && let Some(last) = lane.entries.last()
            {
                lane.head = last.seq;
            }
            if self.is(Cheat::TornTail) {
                lane.head = number_of(lane.lane, &before);
            }
        }
        Ok(lanes)
    }

    async fn publish(&self, trail: &Trail) -> Answer<Receipt> {
        self.inner.ledger.publish(&self.facts_kept(trail)).await
    }

    async fn publish_as(&self, intent: Intent, trail: &Trail) -> Answer<Option<Receipt>> {
        if self.is(Cheat::CalledOffIsDone) {
            return self.inner.ledger.publish(trail).await.map(Some);
        }
        self.inner.ledger.publish_as(intent, trail).await
    }

    async fn settle(&self, intent: Intent) -> Answer<bool> {
        if self.is(Cheat::OpenIsDone) {
            return Ok(true);
        }
        self.inner.ledger.settle(intent).await
    }

    async fn forget(&self, at_most: usize) -> Answer<usize> {
        self.inner.ledger.forget(at_most).await
    }
}

#[async_trait]
impl Events for Front {
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>> {
        self.catch_up().await?;
        self.inner.events.chains().await
    }

    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        self.catch_up().await?;
        self.inner.events.tail(lane, after, at_most).await
    }

    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased> {
        self.inner.events.erase(lane, seq, trail).await
    }

    async fn checkpoint(&self, head: SignedHead) -> Answer<()> {
        self.inner.events.checkpoint(head).await
    }

    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>> {
        self.inner.events.last_checkpoint(lane).await
    }

    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        self.inner.events.checkpoints(lane).await
    }
}

#[async_trait]
impl Families for Front {
    async fn find(&self, family: FamilyId) -> Answer<Option<Held>> {
        self.inner.families.find(family).await
    }

    async fn of_session(&self, session: SessionId) -> Answer<Vec<Family>> {
        self.inner.families.of_session(session).await
    }

    async fn present(&self, present: Present) -> Answer<Presented> {
        let held = self.inner.families.find(present.family).await?;
        if let Some(held) = held
            .filter(|held| self.is(Cheat::ReuseIsARetry) && present.asked.generation < held.family.generation)
        {
            return Ok(Presented::Renewed(How::Repeated, held.into()));
        }
        match self.inner.families.present(present.clone()).await? {
            Presented::Renewed(How::Repeated, held) if self.is(Cheat::TwoSuccessors) => {
                // No time is within this window.
                let asked =
                    Asked { generation: held.family.generation, window: Span::millis(-1), ..present.asked };
                self.inner.families.present(Present { asked, ..present }).await
            }
            other => Ok(other),
        }
    }
}

impl Watch for Front {
    fn watch(&self, watcher: &Arc<dyn Watcher>) {
        if !self.is(Cheat::NobodyIsTold) {
            self.inner.watch.watch(watcher);
        }
    }
}
