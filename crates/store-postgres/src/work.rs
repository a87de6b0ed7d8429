//! A verb at work: in one transaction, on a connection of its own.

use crate::connection::Connection;
use crate::error::Result;
use crate::lane::append;
use crate::rows::{hold_subject, raise_user};
use crate::values::to_sql;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Receipt, Trail};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use core::future::Future;

/// What a verb works with.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) now: Time,
    pub(crate) lane: LaneId,
    /// How far the lane had come when it was last written to from here.
    pub(crate) head: u64,
    /// What goes to the end of the lane, when everything else is done: a lane is held by one at a time, and not for long.
    trails: Vec<Trail>,
    pub(crate) facts: Vec<KeptFact>,
    pub(crate) changed: Vec<SessionId>,
}

/// What one verb does. It may be asked for more than once, if others were in the way; what it did then is undone.
pub(crate) trait Verb: Send + Sync + 'static {
    type Answer: Send + 'static;

    fn run(&self, work: &mut Work<'_>) -> impl Future<Output = Result<Self::Answer>> + Send;
}

impl<'a> Work<'a> {
    pub(crate) fn new(connection: &'a Connection, now: Time, lane: LaneId, head: u64) -> Self {
        Self { connection, now, lane, head, trails: Vec::new(), facts: Vec::new(), changed: Vec::new() }
    }

    /// Something happened on the way.
    pub(crate) fn leaves(&mut self, trail: &Trail) {
        self.trails.push(trail.clone());
    }

    /// The verb has done everything: its own trail, and a receipt for all it published.
    pub(crate) async fn done(&mut self, trail: &Trail) -> Result<Receipt> {
        self.leaves(trail);
        self.settle().await?;
        Ok(Receipt { lane: self.lane, head: self.head, facts: self.facts.clone() })
    }

    /// Writes the trails down.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        let trails: Vec<Trail> = core::mem::take(&mut self.trails);
        let facts = || trails.iter().flat_map(|trail| &trail.facts);
        if facts().next().is_none() && trails.iter().all(|trail| trail.events.is_empty()) {
            return Ok(());
        }
        for fact in facts() {
            if let FactKey::User(subject) = &fact.fact.key {
                hold_subject(self.connection, subject).await?;
                // Before the lane is held: whoever has one of these rows may wait for that.
                raise_user(self.connection, subject, to_sql(fact.fact.at_least)).await?;
            }
        }
        self.facts.extend(facts().cloned());
        self.head = append(self.connection, self.lane, &trails).await?.facts;
        Ok(())
    }

    pub(crate) fn changed(&mut self, session: SessionId) {
        self.changed.push(session);
    }
}
