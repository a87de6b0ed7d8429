//! What must be done from time to time: write down when sessions were used, remove what has expired, forget facts
//! that deny nothing any more, sign the heads of the log.

use crate::authority::Authority;
use crate::cache::uses::Use;
use crate::denied::Denied;
use cloakroom_model::records::session::Row;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Span;
use cloakroom_rules::audit::heads::sign;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::expire::{Facts, decide};
use cloakroom_store::sessions::{Closing, Expired, When};
use core::time::Duration;

/// How much one transaction removes: others wait for it, so it is little.
const STEP: usize = 8;
/// How many touches one transaction writes.
const TOUCHES: usize = 1_024;

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// Times of last use that were written.
    pub touched: usize,
    /// Sessions that had expired.
    pub expired: usize,
    /// Facts that were forgotten.
    pub forgotten: usize,
}

impl Authority {
    /// Writes down when sessions were last used. What is not written yet when the process is killed is lost: a
    /// session may then run out a twentieth of its idle limit early. What cannot be written now is kept.
    pub async fn flush_touches(&self) -> Result<usize, Denied> {
        let touches = self.0.uses.take();
        for (number, step) in touches.chunks(TOUCHES).enumerate() {
            if let Err(fault) = self.0.stores.sessions.touch(step.to_vec()).await {
                let left = touches.iter().skip(number * TOUCHES);
                left.for_each(|touch| {
                    self.0.uses.note(touch.session, Use { since: touch.since, last: touch.seen });
                });
                return Err(fault.into());
            }
        }
        Ok(touches.len())
    }

    /// Removes sessions that have expired, in small steps.
    pub async fn sweep(&self) -> Result<usize, Denied> {
        let mut swept = 0;
        loop {
            let Expired { rows, broken, more } = self.0.stores.sessions.expired(STEP).await?;
            let now = self.now();
            let mut closing = Vec::<Closing>::new();
            for Row { mut session, .. } in rows {
                if !self.was_used_since(&mut session, now) {
                    let trail = decide(&Facts { session: &session }, now, &*self.0.entropy)?;
                    for one in self.closing(&session, When::Expired, trail, &By::system()).await? {
                        // One that hangs from another may have expired by itself.
                        if !closing.iter().any(|other| other.session == one.session) {
                            closing.push(one);
                        }
                    }
                }
            }
            let unread = |session| Closing { session, when: When::Expired, trail: Trail::none() };
            closing.extend(broken.into_iter().map(unread));
            let listed = closing.len();
            let closed = match listed {
                0 => 0,
                _ => self.0.stores.sessions.close(closing).await?.1.len(),
            };
            swept += closed;
            // Nothing to close, or somebody else was faster: the next round looks again.
            if !more || closed == 0 || closed < listed {
                return Ok(swept);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Forgets facts that deny nothing any more, in the ledger and in memory.
    pub async fn forget_facts(&self) -> Result<usize, Denied> {
        // A verifier that comes later would never hear of them. The clock may jump back.
        if !self.0.steady.lock().may_forget(self.now(), self.0.clock.since_boot()) {
            return Ok(0);
        }
        let mut forgotten = 0;
        loop {
            let step = self.0.stores.ledger.forget(STEP).await?;
            forgotten += step;
            if step < STEP {
                self.0.inside.table.forget(self.now());
                return Ok(forgotten);
            }
        }
    }

    /// Signs the end of each lane's chain, if it moved since it was last signed.
    pub async fn sign_heads(&self) -> Result<usize, Denied> {
        let kid = self.0.ring.active();
        let key = self.0.ring.audit(kid).ok_or(Denied::NoSecrets)?;
        let mut signed = 0;
        for (lane, head) in self.0.stores.events.chains().await? {
            let last = self.0.stores.events.last_checkpoint(lane).await?.map(|last| last.head);
            if head.seq > 0 && last != Some(head) {
                self.0.stores.events.checkpoint(sign(lane, head, self.now(), kid, key)).await?;
                signed += 1;
            }
        }
        Ok(signed)
    }

    /// One round of everything but signing. Nothing is swept while uses are known that the store does not know of;
    /// facts are forgotten whatever becomes of the rest.
    pub async fn tend(&self) -> Result<Round, Denied> {
        let swept = match self.flush_touches().await {
            Ok(touched) => self.sweep().await.map(|expired| (touched, expired)),
            Err(denied) => Err(denied),
        };
        let keys = self.tend_keys().await;
        let forgotten = self.forget_facts().await?;
        let (touched, expired) = swept?;
        keys?;
        Ok(Round { touched, expired, forgotten })
    }

    /// Tends for ever: a round each second, signed heads each minute. Run it on a task of its own and drop it to
    /// stop. An outage ends a round, not the upkeep.
    pub async fn keep_up(self) {
        tokio::join!(self.tend_for_ever(), self.tell_neighbours());
    }

    async fn tend_for_ever(&self) {
        const ROUND: Duration = Duration::from_secs(1);
        const SIGN_EVERY: Span = Span::minutes(1);
        let mut signed = self.0.clock.since_boot();
        loop {
            tokio::time::sleep(ROUND).await;
            let _tried_again_next_round = self.tend().await;
            let now = self.0.clock.since_boot();
            if now.as_millis() - signed.as_millis() >= SIGN_EVERY.as_millis()
                && self.sign_heads().await.is_ok()
            {
                signed = now;
            }
        }
    }

    /// Writes down what only memory knows, and signs. Call it before the process ends.
    pub async fn shut_down(&self) -> Result<(), Denied> {
        self.flush_touches().await?;
        self.sign_heads().await?;
        self.has_no_verifiers().await
    }
}
