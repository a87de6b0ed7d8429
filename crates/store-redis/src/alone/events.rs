//! The verbs of the audit log. The last events of each lane are kept; whoever needs all of them ships them.

use super::ask::{Ask, corrupt, number};
use super::commit::{EVENTS_KEPT, Ended, Swap, Work};
use super::store::RedisLedger;
use super::values::{link, link_from, signed_head, signed_head_from};
use crate::error::Failed;
use async_trait::async_trait;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::Digest;
use cloakroom_store::events::{Erased, Events};
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use std::collections::BTreeMap;

/// How many signed heads are kept.
const SIGNED_KEPT: usize = 16_000;
/// How often an event that others change is erased anew.
const TRIES: u32 = 16;

/// How far each lane has come; the first one also where nothing was written yet.
async fn ends(ask: &Ask) -> Answer<Vec<(LaneId, ChainHead)>> {
    let mut command = redis::cmd("HGETALL");
    command.arg(ask.key("lanes"));
    let found: BTreeMap<Vec<u8>, Vec<u8>> = ask.links.command(&command).await.map_err(Failed::fault)?;
    let mut ends = BTreeMap::from([(LaneId(1), ChainHead::default())]);
    for (field, digest) in &found {
        let Some(lane) = field.strip_prefix(b"d") else { continue };
        let seq = found.get(&[b"e", lane].concat()).ok_or_else(corrupt)?;
        let digest = Digest(digest.as_slice().try_into().map_err(|_| corrupt())?);
        ends.insert(LaneId(number(lane)?), ChainHead { seq: number(seq)?, digest });
    }
    Ok(ends.into_iter().collect())
}

impl RedisLedger {
    fn of_lane(&self, lane: LaneId) -> Vec<u8> {
        self.ask.key(&format!("e:{}", lane.0))
    }

    async fn links(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        let end = ends(&self.ask).await?.into_iter().find(|(other, _)| *other == lane);
        let Some((_, end)) = end else { return Ok(Vec::new()) };
        let first = end.seq.saturating_sub(EVENTS_KEPT as u64).max(after) + 1;
        let places = (first..=end.seq).take(at_most);
        let mut command = redis::cmd("HMGET");
        command.arg(self.of_lane(lane));
        places.clone().for_each(|seq| {
            command.arg(seq);
        });
        if first > end.seq || at_most == 0 {
            return Ok(Vec::new());
        }
        let found: Vec<Option<Vec<u8>>> = self.ask.links.command(&command).await.map_err(Failed::fault)?;
        // Those that made room meanwhile are not there.
        places.zip(found).filter_map(|(seq, link)| Some(link_from(seq, &link?))).collect()
    }

    async fn signed(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        let mut command = redis::cmd("ZRANGE");
        command.arg(self.ask.key("signed")).arg(0).arg(-1);
        let found: Vec<Vec<u8>> = self.ask.links.command(&command).await.map_err(Failed::fault)?;
        let heads: Answer<Vec<SignedHead>> = found.iter().map(|signed| signed_head_from(signed)).collect();
        let mut heads = heads?;
        heads.retain(|signed| signed.lane == lane);
        heads.sort_by_key(|signed| (signed.head.seq, signed.at));
        Ok(heads)
    }

    async fn keep(&self, signed: SignedHead) -> Answer<()> {
        let key = self.ask.key("signed");
        let mut keep = redis::cmd("ZADD");
        keep.arg(&key).arg(signed.at.millis()).arg(signed_head(&signed));
        let _added: u64 = self.ask.links.command(&keep).await.map_err(Failed::fault)?;
        let mut make_room = redis::cmd("ZREMRANGEBYRANK");
        make_room.arg(&key).arg(0).arg(-(SIGNED_KEPT as i64) - 1);
        let _removed: u64 = self.ask.links.command(&make_room).await.map_err(Failed::fault)?;
        Ok(())
    }
}

#[async_trait]
impl Events for RedisLedger {
    async fn chains(&self) -> Answer<Vec<(LaneId, ChainHead)>> {
        self.inside(ends(&self.ask)).await
    }

    async fn tail(&self, lane: LaneId, after: u64, at_most: usize) -> Answer<Vec<Link>> {
        self.inside(self.links(lane, after, at_most)).await
    }

    async fn erase(&self, lane: LaneId, seq: u64, trail: &Trail) -> Answer<Erased> {
        let field = seq.to_string().into_bytes();
        for _ in 0..TRIES {
            let mut read = redis::cmd("HGET");
            read.arg(self.of_lane(lane)).arg(&field);
            let reading = async { self.ask.links.command(&read).await.map_err(Failed::fault) };
            let found: Option<Vec<u8>> = self.inside(reading).await?;
            let Some(from) = found else { return Ok(Erased::Absent) };
            let to = link(&Link { event: None, ..link_from(seq, &from)? });
            let swap = Swap { field: field.clone(), from, to };
            let work = Work { swaps: (format!("e:{}", lane.0), vec![swap]), ..Work::of(trail) };
            if let Ended::Done(_) = self.commit(work).await? {
                return Ok(Erased::Done);
            }
        }
        Err(Fault::of(FaultKind::Unavailable))
    }

    async fn checkpoint(&self, head: SignedHead) -> Answer<()> {
        self.inside(self.keep(head)).await
    }

    async fn last_checkpoint(&self, lane: LaneId) -> Answer<Option<SignedHead>> {
        Ok(self.inside(self.signed(lane)).await?.pop())
    }

    async fn checkpoints(&self, lane: LaneId) -> Answer<Vec<SignedHead>> {
        self.inside(self.signed(lane)).await
    }
}
