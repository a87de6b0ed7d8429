//! The one lane of this store: facts and events in commit order.

use crate::error::corrupt;
use crate::files::Mark;
use crate::rows::{at_least, from_sql, raise_user, to_sql};
use cloakroom_model::records::chain::ChainHead;
use cloakroom_model::records::event::Event;
use cloakroom_model::records::fact::{FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::Digest;
use rusqlite::{Connection, OptionalExtension, Result, params};

/// The one writer's lane.
pub(crate) const LANE: LaneId = LaneId(1);

/// How far the lane has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) facts: u64,
    pub(crate) chain: ChainHead,
}

impl Head {
    pub(crate) fn read(connection: &Connection) -> Result<Self> {
        let head = connection
            .prepare_cached("SELECT fact_head, event_head, chain FROM ck_lane WHERE lane = ?1")?
            .query_row([LANE.0], |row| {
                let chain = ChainHead { seq: from_sql(row.get(1)?), digest: Digest(row.get(2)?) };
                Ok(Self { facts: from_sql(row.get(0)?), chain })
            })
            .optional()?;
        Ok(head.unwrap_or_default())
    }

    pub(crate) fn write(self, connection: &Connection) -> Result<()> {
        connection
            .prepare_cached(
                "REPLACE INTO ck_lane (lane, fact_head, event_head, chain) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                LANE.0,
                to_sql(self.facts),
                to_sql(self.chain.seq),
                self.chain.digest.0.as_slice()
            ])?;
        Ok(())
    }

    pub(crate) fn mark(self, connection: &Connection) -> Result<Mark> {
        let epoch = at_least(connection, &FactKey::Epoch)?.unwrap_or_default();
        Ok(Mark { epoch, facts: self.facts, events: self.chain.seq })
    }

    /// Commits a trail: facts join what is known, events go to the end of the chain.
    pub(crate) fn commit(&mut self, connection: &Connection, trail: &Trail) -> Result<()> {
        for kept in &trail.facts {
            self.join(connection, kept)?;
        }
        for event in &trail.events {
            self.append(connection, event)?;
        }
        Ok(())
    }

    fn join(&mut self, connection: &Connection, new: &KeptFact) -> Result<()> {
        let key = new.fact.key.to_bytes();
        let mut kept = (to_sql(new.fact.at_least), new.until.millis());
        let old: Option<(i64, i64)> = connection
            .prepare_cached("SELECT at_least, kept_until FROM ck_fact WHERE fact_key = ?1")?
            .query_row([&key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some(old) = old {
            kept = (kept.0.max(old.0), kept.1.max(old.1));
            if kept == old {
                return Ok(());
            }
        }
        self.facts += 1;
        connection
            .prepare_cached("INSERT INTO ck_fact (fact_key, at_least, kept_until, lane, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (fact_key) DO UPDATE SET at_least = excluded.at_least, kept_until = excluded.kept_until, \
                 lane = excluded.lane, seq = excluded.seq")?
            .execute(params![key, kept.0, kept.1, LANE.0, to_sql(self.facts)])?;
        match &new.fact.key {
            FactKey::User(subject) => raise_user(connection, subject, kept.0),
            _ => Ok(()),
        }
    }

    fn append(&mut self, connection: &Connection, event: &Event) -> Result<()> {
        let bytes = event.to_bytes();
        let payload = ChainHead::payload_digest(&bytes);
        self.chain = self.chain.then(LANE, payload);
        let place = (to_sql(self.chain.seq), self.chain.digest.0);
        connection
            .prepare_cached(
                "INSERT INTO ck_event (lane, seq, event, payload, digest) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![LANE.0, place.0, bytes, payload.0.as_slice(), place.1.as_slice()])?;
        Ok(())
    }
}

/// An event from its column.
pub(crate) fn event(bytes: Option<Vec<u8>>) -> Result<Option<Event>> {
    bytes.map(|bytes| Event::from_bytes(&bytes).map_err(corrupt)).transpose()
}
