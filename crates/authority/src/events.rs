//! The event log, as an app reads it.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_crypto::derive::Purpose;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::event::{Event, EventName};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_rules::audit::heads::{Broken, Verification};
use cloakroom_rules::audit::tell::By;

impl Authority {
    /// The newest events, at most so many of each lane, the oldest first. Those whose payload was erased are left away.
    pub async fn recent_events(&self, at_most: usize) -> Result<Vec<Event>, Denied> {
        let mut events = Vec::new();
        for (lane, head) in self.0.stores.events.chains().await? {
            let after = head.seq.saturating_sub(at_most as u64);
            let links = self.0.stores.events.tail(lane, after, at_most).await?;
            events.extend(links.into_iter().filter_map(|link| link.event));
        }
        events.sort_by_key(|event| event.at);
        Ok(events.split_off(events.len().saturating_sub(at_most)))
    }

    /// Writes down that another configuration was taken over.
    pub async fn config_reloaded(&self, by: &By) -> Result<(), Denied> {
        let event = by.tells_of_itself(EventName::ConfigReloaded, self.now(), &*self.0.entropy)?;
        self.0.stores.ledger.publish(&Trail { facts: Vec::new(), events: vec![event] }).await?;
        Ok(())
    }

    /// The lanes of the log, and the end of each.
    pub async fn event_lanes(&self) -> Result<Vec<(LaneId, ChainHead)>, Denied> {
        Ok(self.0.stores.events.chains().await?)
    }

    /// The links of one lane's log after a number, at most so many.
    pub async fn event_links(&self, lane: LaneId, after: u64, at_most: usize) -> Result<Vec<Link>, Denied> {
        Ok(self.0.stores.events.tail(lane, after, at_most).await?)
    }

    /// The end of each lane, signed now, to be kept where whoever can write into the store cannot.
    pub async fn signed_heads(&self) -> Result<Vec<SignedHead>, Denied> {
        self.sign_heads().await?;
        let events = &self.0.stores.events;
        let mut heads = Vec::new();
        for (lane, _) in events.chains().await? {
            heads.extend(events.last_checkpoint(lane).await?);
        }
        Ok(heads)
    }

    /// Checks the log of every lane link by link, up to its last signed head: those the store has, and those somebody kept elsewhere. Answers how
    /// many events that were, or where it breaks.
    pub async fn verify_events(&self, kept: &[SignedHead]) -> Result<Result<u64, (LaneId, Broken)>, Denied> {
        const PAGE: usize = 1_024;
        let (stores, mut seen) = (&self.0.stores, 0);
        let key_of = |kid| self.0.ring.mac(kid, Purpose::Audit, &[]).ok();
        for (lane, head) in stores.events.chains().await? {
            let heads = stores.events.checkpoints(lane).await?.into_iter().chain(kept.iter().copied());
            let mut verification = Verification::of(lane, heads);
            let mut after = 0;
            while after < head.seq {
                let links = stores.events.tail(lane, after, PAGE).await?;
                let Some(last) = links.last().map(|link| link.seq) else { break };
                for link in &links {
                    if let Err(broken) = verification.link(link, key_of) {
                        return Ok(Err((lane, broken)));
                    }
                    seen += 1;
                }
                after = last;
            }
            if let Err(broken) = verification.end() {
                return Ok(Err((lane, broken)));
            }
        }
        Ok(Ok(seen))
    }
}
