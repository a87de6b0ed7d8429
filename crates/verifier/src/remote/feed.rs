//! Following: calls, takes in, asks, and calls again when the stream is gone.

use super::call::{Ends, call};
use super::keepsake::{Keeping, Keepsake};
use crate::feed::frame::{FromAuthority, FromFollower, Over};
use crate::feed::stream::Broken;
use crate::guard::Guard;
use crate::questions::Question;
use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::follower::{Follower, Input, Output};
use cloakroom_rules::feed::said::{Asked, Heads, Incarnation, Nonce};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot::Sender;
use tokio::time::MissedTickBehavior;

pub use super::call::NoStream;

/// How often it asks for a proof.
const EVERY: Span = Span::millis(500);
/// How often it looks whether it is time to ask, and whether somebody wants to know the keys.
const LOOKS: Duration = Duration::from_millis(100);
/// The first wait before it calls again, and the longest.
const WAITS: (u64, u64) = (50, 2_000);

/// Where the feed is, and by what right it is followed.
#[derive(Debug)]
pub struct Remote {
    /// A host and a port.
    pub authority: String,
    /// The credential that the authority has made.
    pub credential: FeedCredential,
    /// Told why there is no stream, each time it could not be followed. It must not wait.
    pub tells: fn(&NoStream),
    /// Where it goes on that was followed before this process.
    pub goes_on: Option<(Incarnation, Heads)>,
    /// Where what is known is kept for the next process.
    pub keeps: Option<Keepsake>,
}

/// Follows for ever: run it on a task of its own. When the stream is gone the guard knows less and less, and says so.
pub async fn follow(guard: Guard, remote: Remote, entropy: Arc<dyn Entropy>) -> Result<(), NoEntropy> {
    let mut id = [0; 16];
    entropy.fill(&mut id)?;
    let mut follower = match remote.goes_on {
        Some((of, heads)) => Follower::going_on(EVERY, of, heads),
        None => Follower::new(EVERY),
    };
    let mut keeping = Keeping::of(remote.keeps, remote.tells, guard.clock().since_boot(), &follower);
    let mut failed = 0u32;
    loop {
        let ended = match call(&remote.authority, &remote.credential, &*entropy).await {
            Ok(ends) => {
                let began = guard.clock().since_boot();
                let broken = stream(&guard, &mut follower, id, ends, &mut keeping).await;
                follower.step(guard.clock().since_boot(), Input::Closed);
                if follower.of().is_none() {
                    guard.reached_nothing();
                }
                guard.asks_again();
                // One that was followed for a while is called at once.
                let lasted = guard.clock().since_boot().as_millis() - began.as_millis();
                failed = if lasted > 2 * EVERY.as_millis() { 0 } else { failed.saturating_add(1) };
                broken
            }
            Err(no) => {
                failed = failed.saturating_add(1);
                no
            }
        };
        (remote.tells)(&ended);
        // A system that has no randomness now may have some later.
        let wait = wait(failed, &*entropy).unwrap_or(Duration::from_millis(WAITS.1));
        tokio::time::sleep(wait).await;
    }
}

/// Somewhere between nothing and twice as long as the last time: a thousand who have lost the same authority come one after another.
fn wait(failed: u32, entropy: &dyn Entropy) -> Result<Duration, NoEntropy> {
    let mut dice = [0; 8];
    entropy.fill(&mut dice)?;
    let most = WAITS.0.saturating_mul(1 << failed.min(10)).min(WAITS.1);
    Ok(Duration::from_millis(u64::from_be_bytes(dice) % (most + 1)))
}

/// One stream, to its end.
async fn stream(
    guard: &Guard,
    follower: &mut Follower,
    id: [u8; 16],
    (mut incoming, mut outgoing, cover): Ends,
    keeping: &mut Keeping,
) -> NoStream {
    let mut questions = guard.questions().taken();
    let (mut asked, mut last, mut cover) = (BTreeMap::new(), 0u64, Some(cover));
    let mut looks = tokio::time::interval(LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut inputs = vec![Input::Opened];
    loop {
        for input in inputs.drain(..) {
            for output in follower.step(guard.clock().since_boot(), input) {
                match output {
                    Output::Ask(Asked::Hello(of, heads)) => {
                        outgoing.put(&FromFollower::Hello(id, guard.bears_at_most(), of, heads).to_bytes());
                    }
                    Output::Ask(Asked::Has(of, heads)) => {
                        guard.reached(of, heads.clone());
                        outgoing.put(&FromFollower::Has(of, heads).to_bytes());
                    }
                    Output::Ask(Asked::Probe(nonce)) => {
                        outgoing.put(&FromFollower::Probe(nonce).to_bytes());
                    }
                    Output::Learn(facts) => guard.learn(&facts),
                    Output::Fresh(as_of) => guard.proven(as_of),
                    Output::Close => return NoStream::CannotBeFollowed,
                }
            }
        }
        if let Err(broken) = outgoing.flush().await {
            return broken.into();
        }
        tokio::select! {
            frame = incoming.next() => {
                let frame = match frame {
                    Ok(frame) => frame,
                    Err(broken) => return broken.into(),
                };
                match FromAuthority::parse(&frame) {
                    Ok(FromAuthority::Told(told)) => inputs.push(Input::Told(told)),
                    Ok(FromAuthority::Keys(text)) => {
                        if guard.believe(&text).is_err() {
                            return Broken::Malformed.into();
                        }
                    }
                    Ok(FromAuthority::Receipts(kid, covered)) => {
                        let Some(cover) = cover.take() else { return Broken::Malformed.into() };
                        guard.believe_receipts(kid, &cover.once(&covered));
                    }
                    Ok(FromAuthority::Known(nonce, numbers)) => {
                        if let Some(answer) = asked.remove(&nonce) {
                            let _nobody_waits = Sender::send(answer, numbers);
                        }
                    }
                    Ok(FromAuthority::Over(Over::Revoked)) => return NoStream::NotAllowed,
                    Ok(FromAuthority::Over(Over::BearsTooMuch)) => return NoStream::BearsTooMuch,
                    Ok(FromAuthority::Over(Over::Stops)) => return NoStream::Stopped,
                    Ok(FromAuthority::Over(Over::Malformed)) | Err(_) => return Broken::Malformed.into(),
                }
            }
            Some(Question { keys, answer }) = questions.recv() => {
                last = last.wrapping_add(1);
                asked.retain(|_, answer: &mut Sender<_>| !answer.is_closed());
                asked.insert(Nonce(last), answer);
                outgoing.put(&FromFollower::Ask(Nonce(last), keys).to_bytes());
            }
            _ = looks.tick() => {
                inputs.push(Input::Tick);
                keeping.looks(guard, follower);
                if guard.takes_the_question() {
                    outgoing.put(&FromFollower::Keys.to_bytes());
                }
            }
        }
    }
}
