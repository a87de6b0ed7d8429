//! One stream, from hello to its end.

use super::questions::Questions;
use cloakroom_authority::{Authority, Denied};
use cloakroom_model::words::id::ServiceId;
use cloakroom_rules::feed::barrier::FollowerId;
use cloakroom_rules::feed::relay::{Input, Output, Read, Relay};
use cloakroom_rules::feed::said::{Asked, Heads, Told};
use cloakroom_verifier::feed::frame::{FromAuthority, FromFollower, Over};
use cloakroom_verifier::feed::stream::{Broken, Incoming, Outgoing};
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// Whoever has not said hello by then is nobody.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Whoever has said nothing for so long is gone: a verifier asks twice a second.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// A read that takes longer is given up.
const READ_WITHIN: Duration = Duration::from_secs(2);
/// A truth that could not be read is read again after this.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

type Reading = Pin<Box<dyn Future<Output = (u64, Result<Read, Denied>)> + Send>>;

/// What is known of the follower of a stream. When it goes, so does the stream.
struct Joined {
    authority: Authority,
    follower: FollowerId,
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.authority.follower_leaves(self.follower);
    }
}

/// Serves a stream to its end.
pub(super) async fn serve<R, W>(
    authority: Authority,
    service: ServiceId,
    (mut incoming, mut outgoing): (Incoming<R>, Outgoing<W>),
    receipts: FromAuthority,
    stops: watch::Receiver<()>,
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let Ok(Ok(first)) = timeout(HELLO_WITHIN, incoming.next()).await else { return };
    let over = match FromFollower::parse(&first) {
        Ok(FromFollower::Hello(process, bears, of, heads)) => {
            let follower = FollowerId { service, process };
            match authority.follower_joins(follower, bears) {
                Ok(()) => {
                    let joined = Joined { authority, follower };
                    let hello = Asked::Hello(of, heads);
                    let stream = Stream {
                        joined,
                        service,
                        relay: Relay::default(),
                        reading: None,
                        keys: None,
                        questions: Questions::default(),
                    };
                    stream.goes_on(hello, &mut incoming, &mut outgoing, receipts, stops).await
                }
                Err(_) => Ok(Over::BearsTooMuch),
            }
        }
        _ => Ok(Over::Malformed),
    };
    if let Ok(over) = over {
        let _gone_already = outgoing.send(&FromAuthority::Over(over).to_bytes()).await;
    }
}

struct Stream {
    joined: Joined,
    service: ServiceId,
    relay: Relay,
    reading: Option<Reading>,
    /// What the follower was told of the keys.
    keys: Option<Arc<str>>,
    questions: Questions,
}

/// Nothing to wait for is for ever.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => core::future::pending().await,
    }
}

async fn ended(reading: &mut Option<Reading>) -> (u64, Result<Read, Denied>) {
    match reading {
        Some(reading) => reading.as_mut().await,
        None => core::future::pending().await,
    }
}

impl Stream {
    async fn goes_on<R, W>(
        mut self,
        hello: Asked,
        incoming: &mut Incoming<R>,
        outgoing: &mut Outgoing<W>,
        receipts: FromAuthority,
        mut stops: watch::Receiver<()>,
    ) -> Result<Over, Broken>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let mut hints = self.joined.authority.feed_hints();
        let (mut again, mut heard) = (None, Instant::now());
        // It may have been taken back between its greeting and its hello.
        if self.is_revoked() {
            return Ok(Over::Revoked);
        }
        self.tell_keys(outgoing).await?;
        outgoing.send(&receipts.to_bytes()).await?;
        let mut input = Input::Asked(hello);
        loop {
            for output in self.relay.step(input) {
                match output {
                    Output::Read(number, after) => self.read(number, after),
                    Output::Tell(told) => {
                        if told == Told::Waiting {
                            again = Some(Instant::now() + AGAIN_AFTER);
                        }
                        outgoing.put(&FromAuthority::Told(told).to_bytes());
                    }
                }
            }
            outgoing.flush().await?;
            input = tokio::select! {
                frame = incoming.next() => {
                    heard = Instant::now();
                    match FromFollower::parse(&frame?) {
                        Ok(FromFollower::Probe(nonce)) => {
                            // Before anything is read for it.
                            self.joined.authority.follower_asks(self.joined.follower);
                            Input::Asked(Asked::Probe(nonce))
                        }
                        Ok(FromFollower::Has(of, heads)) => {
                            self.joined.authority.follower_has(self.joined.follower, of, &heads);
                            Input::Asked(Asked::Has(of, heads))
                        }
                        Ok(FromFollower::Keys) => {
                            self.keys = None;
                            self.tell_keys(outgoing).await?;
                            Input::Again
                        }
                        Ok(FromFollower::Ask(nonce, keys)) => {
                            // It lets somebody in by what it is answered.
                            self.joined.authority.follower_asks(self.joined.follower);
                            self.questions.ask(nonce, keys);
                            Input::Again
                        }
                        Ok(FromFollower::Hello(..)) | Err(_) => return Ok(Over::Malformed),
                    }
                }
                (number, read) = ended(&mut self.reading) => {
                    self.reading = None;
                    read.map_or(Input::Failed(number), |read| Input::Read(number, read))
                }
                answers = self.questions.answered(&self.joined.authority) => {
                    answers.iter().for_each(|answer| outgoing.put(&answer.to_bytes()));
                    Input::Again
                }
                _ = hints.changed() => {
                    if self.is_revoked() {
                        return Ok(Over::Revoked);
                    }
                    self.tell_keys(outgoing).await?;
                    Input::Hint
                }
                () = until(again) => {
                    again = None;
                    Input::Again
                }
                () = sleep_until(heard + SILENT_FOR) => return Err(Broken::Stuck),
                _ = stops.changed() => return Ok(Over::Stops),
            };
        }
    }

    fn is_revoked(&self) -> bool {
        !self.joined.authority.may_follow(self.service)
    }

    fn read(&mut self, number: u64, after: Heads) {
        let authority = self.joined.authority.clone();
        self.reading = Some(Box::pin(async move {
            let read = timeout(READ_WITHIN, authority.read_feed(&after)).await;
            (number, read.unwrap_or_else(|_| Err(Denied::too_slow())))
        }));
    }

    /// Says which keys are published, unless that was said.
    async fn tell_keys<W: AsyncWrite + Unpin>(&mut self, outgoing: &mut Outgoing<W>) -> Result<(), Broken> {
        // An engine without tokens has none.
        let Ok(keys) = self.joined.authority.jwks() else { return Ok(()) };
        if self.keys.as_ref() == Some(&keys) {
            return Ok(());
        }
        outgoing.send(&FromAuthority::Keys(keys.as_ref().to_owned()).to_bytes()).await?;
        self.keys = Some(keys);
        Ok(())
    }
}
