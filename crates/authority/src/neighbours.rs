//! Other authorities on the same truth: whoever waits until something holds everywhere waits for their verifiers too.
//!
//! Each says in the truth how far all of its verifiers know. What is said only grows, so what was read of it is never too much. One that is
//! silent cannot prove anything to its verifiers any more, and is waited for until the last of them has stopped believing.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::{Place, by_any_clock};
use cloakroom_store::neighbours::{Neighbour, Said};
use cloakroom_store::watch::Told;
use core::time::Duration;
use tokio::time::sleep;

/// How often somebody looks whether there is something to say, or to hear.
const LOOKS_EVERY: Duration = Duration::from_millis(100);
/// What was proven to a verifier was asked for at most so much later than the last time that its authority was heard of.
const PROVES_FOR: Span = Span::seconds(4);
/// What was said is said again after this time, whatever became of it.
const SAYS_AGAIN_AFTER: Span = Span::seconds(5);

/// How far a truth has come.
type Heads = Vec<(LaneId, u64)>;

fn knows(neighbour: &Neighbour, heads: &Heads) -> bool {
    let said = |lane| neighbour.said.heads.iter().find(|(other, _)| other == lane).map(|(_, head)| *head);
    heads.iter().all(|(lane, head)| said(lane).unwrap_or_default() >= *head)
}

/// Whether none of its verifiers believes any more what it was told.
fn is_over(neighbour: &Neighbour, own: Span) -> bool {
    // What it has not said is taken to be what we bear.
    let bears = neighbour.said.bears.max(own);
    neighbour.silent_for.as_millis() > by_any_clock(bears) + PROVES_FOR.as_millis()
}

impl Authority {
    fn has_neighbours(&self) -> bool {
        matches!(self.0.stores.watch.told(), Told::UpTo(_))
    }

    /// Says that there may be verifiers here from now on, of which nothing is known yet.
    pub(crate) async fn may_have_verifiers(&self) -> Result<(), Denied> {
        if self.has_neighbours() {
            let said = Said { bears: self.0.feed.bears, heads: Heads::new() };
            self.0.stores.neighbours.say(Some(said)).await?;
        }
        Ok(())
    }

    /// Says that there are none any more, if that is so.
    pub(crate) async fn has_no_verifiers(&self) -> Result<(), Denied> {
        let followers = self.0.feed.barrier.lock().followers(self.0.clock.since_boot());
        if self.has_neighbours() && followers == 0 {
            self.0.stores.neighbours.say(None).await?;
        }
        Ok(())
    }

    /// Says again and again how far all verifiers of this process know. What cannot be said now is said later.
    pub(crate) async fn tell_neighbours(&self) {
        let (mut said, mut next) = ((Heads::new(), Span::ZERO), (Heads::new(), Span::ZERO));
        let mut era = self.0.stores.watch.era();
        while self.has_neighbours() {
            sleep(LOOKS_EVERY).await;
            let now = self.0.clock.since_boot();
            if era != self.0.stores.watch.era() {
                // Numbers may begin anew before what was said.
                era = self.0.stores.watch.era();
                (said, next) = ((Heads::new(), Span::ZERO), (Heads::new(), Span::ZERO));
            }
            // One is brought to its end before the next is begun: the newest is always on its way.
            if next.0 == said.0 {
                let Ok(heads) = self.0.stores.ledger.heads().await else { continue };
                next = (heads.into_iter().filter(|(_, head)| *head > 0).collect(), now);
            }
            let is_news = next.0 != said.0 && self.knows_itself(next.1) && self.holds_here(&next.0);
            // What was said may have been lost with the row it stood in.
            let is_long_ago = now.as_millis() - said.1.as_millis() > SAYS_AGAIN_AFTER.as_millis();
            if is_news || is_long_ago {
                let heads = if is_news { next.0.clone() } else { said.0.clone() };
                let saying = Said { bears: self.0.feed.bears, heads: heads.clone() };
                if self.0.stores.neighbours.say(Some(saying)).await.is_ok() {
                    said = (heads, now);
                }
            }
        }
    }

    /// Whether this process knows everything that was committed before a moment: whom it lets in by itself is asked of its own memory.
    pub(crate) fn knows_itself(&self, asked: Span) -> bool {
        match self.0.stores.watch.told() {
            Told::OfAll => true,
            Told::UpTo(then) => then >= asked,
        }
    }

    fn holds_here(&self, heads: &Heads) -> bool {
        let (now, of) = (self.0.clock.since_boot(), self.incarnation());
        let barrier = self.0.feed.barrier.lock();
        let holds = |(lane, head): &(LaneId, u64)| {
            barrier.holds_everywhere(now, Place { of, lane: *lane, head: *head }).is_ok()
        };
        barrier.is_settled(now).is_ok() && heads.iter().all(holds)
    }

    /// Waits until this process knows everything up to here, read at a moment, and the verifiers of all others do, or have stopped believing.
    pub(crate) async fn neighbours_know(&self, heads: &Heads, asked: Span) -> Result<(), Denied> {
        while !self.knows_itself(asked) {
            sleep(LOOKS_EVERY).await;
        }
        while self.has_neighbours() {
            let others = self.0.stores.neighbours.neighbours().await?;
            if others.iter().all(|other| knows(other, heads) || is_over(other, self.0.feed.bears)) {
                return Ok(());
            }
            sleep(LOOKS_EVERY).await;
        }
        Ok(())
    }
}
