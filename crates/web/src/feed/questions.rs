//! What a verifier has asked about single tokens, and is not answered yet.

use cloakroom_authority::{Authority, Denied};
use cloakroom_model::records::fact::FactKey;
use cloakroom_rules::feed::said::Nonce;
use cloakroom_verifier::feed::frame::FromAuthority;
use core::pin::Pin;
use core::time::Duration;
use tokio::time::timeout;

/// So many wait for the read that is under way. Who asks more is not answered: nobody waits longer than a second there.
const WAITING: usize = 256;
/// And about so many things.
const ABOUT: usize = 4_096;
/// A read that takes longer is given up.
const READ_WITHIN: Duration = Duration::from_secs(1);

type Asked = Vec<(Nonce, Vec<FactKey>)>;
type Reading = Pin<Box<dyn Future<Output = (Asked, Option<Vec<u64>>)> + Send>>;

#[derive(Default)]
pub(super) struct Questions {
    waiting: Asked,
    reading: Option<Reading>,
}

async fn read(authority: Authority, asked: Asked) -> (Asked, Option<Vec<u64>>) {
    let keys: Vec<FactKey> = asked.iter().flat_map(|(_, keys)| keys).cloned().collect();
    let numbers = timeout(READ_WITHIN, authority.numbers(&keys)).await;
    let numbers: Option<Result<Vec<u64>, Denied>> = numbers.ok();
    (asked, numbers.and_then(Result::ok))
}

impl Questions {
    /// Another one.
    pub(super) fn ask(&mut self, nonce: Nonce, keys: Vec<FactKey>) {
        let about: usize = self.waiting.iter().map(|(_, keys)| keys.len()).sum();
        if self.waiting.len() < WAITING && about + keys.len() <= ABOUT {
            self.waiting.push((nonce, keys));
        }
    }

    /// The answers to those that were asked before a read began, all by one read. Where nobody can say, nobody does. It may be dropped and called again.
    pub(super) async fn answered(&mut self, authority: &Authority) -> Vec<FromAuthority> {
        if self.reading.is_none() && !self.waiting.is_empty() {
            let asked = core::mem::take(&mut self.waiting);
            self.reading = Some(Box::pin(read(authority.clone(), asked)));
        }
        let (asked, numbers) = match &mut self.reading {
            Some(reading) => reading.as_mut().await,
            None => core::future::pending().await,
        };
        self.reading = None;
        let mut numbers = numbers.unwrap_or_default().into_iter();
        let answers = asked
            .into_iter()
            .map(|(nonce, keys)| (nonce, keys.len(), numbers.by_ref().take(keys.len()).collect::<Vec<_>>()));
        let whole = answers.filter(|(_, count, numbers)| numbers.len() == *count);
        whole.map(|(nonce, _, numbers)| FromAuthority::Known(nonce, numbers)).collect()
    }
}
