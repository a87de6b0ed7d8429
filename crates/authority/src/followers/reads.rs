//! Reads of the truth, shared: a thousand followers who ask at once are answered by one.

use crate::denied::Denied;
use cloakroom_rules::feed::relay::Read;
use cloakroom_rules::feed::said::Heads;
use core::future::Future;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use tokio::sync::oneshot;

type Found = Result<Read, Denied>;

/// Who waits for a read that has not begun, by where it is to begin.
#[derive(Debug, Default)]
pub(crate) struct Reads {
    waiting: Mutex<BTreeMap<Heads, Vec<oneshot::Sender<Found>>>>,
    turn: tokio::sync::Mutex<()>,
}

impl Reads {
    /// What a read finds that begins after this was called.
    pub(crate) async fn read<F: Future<Output = Found>>(&self, after: &Heads, read: impl Fn() -> F) -> Found {
        loop {
            let (sender, mut receiver) = oneshot::channel();
            self.waiting.lock().entry(after.clone()).or_default().push(sender);
            let turn = tokio::select! {
                biased;
                found = &mut receiver => match found {
                    Ok(found) => return found,
                    // Whoever was reading for us has gone away.
                    Err(_) => continue,
                },
                turn = self.turn.lock() => turn,
            };
            // Those who have gone away while they waited.
            self.waiting.lock().retain(|_, senders| senders.iter().any(|sender| !sender.is_closed()));
            // Who comes from now on has not been here when it began, and waits for the next one.
            let waiting = self.waiting.lock().remove(after).unwrap_or_default();
            let found = read().await;
            waiting.into_iter().for_each(|sender| drop(sender.send(found.clone())));
            drop(turn);
            return found;
        }
    }
}

#[cfg(test)]
mod tests;
