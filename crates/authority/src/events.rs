//! The event log, as an app reads it.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::event::Event;

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
        Ok(events)
    }
}
