//! Committing: claimed in the cells, decided by the durable store, applied in the cells.

use crate::draft::Draft;
use crate::front::Front;
use crate::halt::{Halt, Step};
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_store::cells::{Applied, CellChange, CellKey, Placing};
use cloakroom_store::directory::{Change, Changed};
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::Intent;
use cloakroom_store::watch::Change as Told;

/// How the durable store decided: a receipt, or why it does not change the person. What was called off is stale.
pub(crate) type Decided = Result<Receipt, Changed>;

impl Draft<'_> {
    pub(crate) async fn commit(self) -> Step<Decided> {
        let changes = self.changes();
        let Self { front, trail, placings, changed, person, .. } = self;
        let is_silent = trail.facts.is_empty() && trail.events.is_empty() && person.is_none();
        let (new, over): (Vec<_>, Vec<_>) = placings.into_iter().partition(|place| place.ends.is_some());
        let intent = front.intents.next();
        let deciding = async {
            match changes.as_slice() {
                [only] if is_silent => front.swap(intent, only).await,
                [] if person.is_none() => Ok(Ok(front.durable.ledger.publish(&trail).await?)),
                changes => front.change(intent, changes, person, &trail).await,
            }
        };
        // First: what has no place is never swept.
        front.place(&new).await?;
        let decided = deciding.await;
        if !matches!(decided, Err(Halt::Again) | Ok(Err(_))) {
            // Where it is not known whether it was done, what is remembered may be old.
            front.watchers.tell(Told { facts: &[], sessions: &changed });
        }
        // A place that is left too late is left when somebody looks at it.
        let _left = match &decided {
            Ok(Ok(_)) => front.place(&over).await,
            Err(Halt::Fault(_) | Halt::Unsure(_)) => Ok(()),
            _ => {
                let left = new.into_iter().map(|place| Placing { ends: None, ..place });
                front.place(&left.collect::<Vec<_>>()).await
            }
        };
        decided
    }
}

impl Front {
    pub(crate) async fn place(&self, placings: &[Placing]) -> Answer<()> {
        if placings.is_empty() { Ok(()) } else { self.cells.place(placings).await }
    }

    /// One cell, and nobody to tell: no one has to decide.
    async fn swap(&self, intent: Intent, change: &CellChange) -> Step<Decided> {
        match self.cells.swap(intent, change).await? {
            true => Ok(Ok(Receipt { lane: LaneId(1), head: 0, facts: Vec::new() })),
            false => Err(Halt::Again),
        }
    }

    async fn change(
        &self,
        intent: Intent,
        changes: &[CellChange],
        person: Option<Change>,
        trail: &Trail,
    ) -> Step<Decided> {
        let keys: Vec<CellKey> = changes.iter().map(|change| change.key.clone()).collect();
        match self.cells.claim(intent, changes).await {
            Ok(true) => {}
            Ok(false) => {
                self.cells.release(intent, &keys).await?;
                return Err(Halt::Again);
            }
            Err(fault) => {
                // As far as it can be done. Whoever finds what is left of it asks, and is told that it was never published.
                let _left = self.cells.release(intent, &keys).await;
                return Err(fault.into());
            }
        }
        let decided = match person {
            None => {
                self.durable.ledger.publish_as(intent, trail).await.map(|done| done.ok_or(Changed::Stale))
            }
            Some(person) => {
                let change = Change { intent: Some(intent), ..person };
                self.durable.directory.change(change, trail).await.map(|changed| match changed {
                    Changed::Done(receipt, _) => Ok(receipt),
                    refused => Err(refused),
                })
            }
        };
        match decided {
            Ok(Ok(receipt)) => {
                let applied = self.cells.apply(intent, &keys).await.map_err(Halt::Unsure)?;
                let is_there = |(change, applied): (&CellChange, Applied)| match change.to {
                    Some(_) => applied == Applied::Done,
                    None => applied != Applied::Other,
                };
                // It was published; but the fast store has lost the claim meanwhile, or somebody was faster twice.
                if !changes.iter().zip(applied).all(is_there) {
                    return Err(Halt::Unsure(Fault::of(FaultKind::Unavailable)));
                }
                Ok(Ok(receipt))
            }
            Ok(Err(why)) => {
                self.cells.release(intent, &keys).await?;
                Ok(Err(why))
            }
            Err(fault) => {
                let _left = self.finish(intent, &keys).await;
                Err(Halt::Unsure(fault))
            }
        }
    }

    /// Brings a change to its end that nobody else does: done if the durable store says so, and else called off.
    pub(crate) async fn finish(&self, intent: Intent, keys: &[CellKey]) -> Answer<()> {
        match self.durable.ledger.settle(intent).await? {
            true => self.cells.apply(intent, keys).await.map(drop),
            false => self.cells.release(intent, keys).await,
        }
    }
}
