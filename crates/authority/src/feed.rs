//! The verbs of the feed.

use crate::authority::Authority;
use crate::denied::Denied;
use cloakroom_crypto::channel::{self, Channel};
use cloakroom_crypto::compare::equal;
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::feed_credential::FeedCredential;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::feed::barrier::{BearsTooMuch, FollowerId, Place};
use cloakroom_rules::feed::relay::Read;
use cloakroom_rules::feed::said::{Heads, Incarnation, Part};
use cloakroom_store::fault::{Fault, FaultKind};
use cloakroom_verifier::feed::frame::MOST_FACTS;
use cloakroom_verifier::feed::greeting::{Greeting, PROTOCOL, Welcome};
use cloakroom_verifier::feed::receipt::Receipt;
use cloakroom_verifier::metrics::Text;
use core::time::Duration;
use tokio::sync::watch;

/// It is not known that everything holds everywhere.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotEverywhere {
    /// So many verifiers had neither said that they know nor stopped believing when the time was over; or, if none, those who may have followed
    /// the process before this one, or follow another one.
    #[error(
        "{0} verifiers, those who followed before a restart, and those of other authorities, may not know yet"
    )]
    Behind(usize),
    /// The store does not answer.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl Authority {
    /// Which truth this is: a receipt of another one says nothing here.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.0.feed.of(self.0.stores.watch.era())
    }

    /// Makes a credential for a verifier. It is shown once: nothing of it is stored but that it was made.
    pub async fn feed_credential(&self, by: &By) -> Result<FeedCredential, Denied> {
        let (now, entropy) = (self.now(), &*self.0.entropy);
        let service = ServiceId::draw(now, entropy)?;
        let credential = self.0.ring.feed_credential(self.0.ring.active(), service)?;
        let event = by.tells_of_itself(EventName::ServiceAllowed, now, entropy)?;
        self.0.stores.ledger.publish(&Trail { facts: Vec::new(), events: vec![event] }).await?;
        Ok(credential)
    }

    /// Takes the credential of a verifier back: its streams end, and it begins no other one.
    pub async fn revoke_service(&self, service: ServiceId, by: &By) -> Result<(), Denied> {
        let event = by.tells_of_itself(EventName::ServiceRevoked, self.now(), &*self.0.entropy)?;
        let fact = KeptFact { fact: Fact::revoke(FactKey::Service(service)), until: Time::MAX };
        self.0.stores.ledger.publish(&Trail { facts: vec![fact], events: vec![event] }).await?;
        Ok(())
    }

    /// Whether a verifier's credential was not taken back.
    #[must_use]
    pub fn may_follow(&self, service: ServiceId) -> bool {
        self.0.inside.table.at_least(&FactKey::Service(service)) == 0
    }

    /// What a verifier is answered that begins a stream, and the channel on which it proves itself by its first frame. `None`: it may not
    /// follow, or its key hangs from a root key that is gone.
    pub fn welcomes(&self, greeting: &Greeting) -> Result<Option<(Welcome, Channel)>, Denied> {
        let credential = self.0.ring.feed_credential(greeting.kid, greeting.service);
        let Some(credential) = credential.ok().filter(|_| self.may_follow(greeting.service)) else {
            return Ok(None);
        };
        if !equal(&channel::greeting(&credential.key, PROTOCOL, &greeting.nonce)?, &greeting.proof) {
            return Ok(None);
        }
        let mut nonce = [0; 32];
        self.0.entropy.fill(&mut nonce)?;
        let channel = Channel::new(&credential.key, PROTOCOL, &greeting.nonce, &nonce)?;
        Ok(Some((Welcome { nonce, answer: channel.answer }, channel)))
    }

    /// What receipts are checked with: the number of the root key, and the key.
    pub fn receipt_key(&self) -> Result<(u16, Secret<[u8; 32]>), Denied> {
        Ok(self.0.ring.receipt_key()?)
    }

    /// A receipt for everything that was acknowledged before this was called: whoever shows it to a verifier is not answered by less.
    pub async fn receipt(&self) -> Result<String, Denied> {
        let heads = self.0.stores.ledger.heads().await?.into_iter().filter(|(_, head)| *head > 0).collect();
        let (kid, key) = self.receipt_key()?;
        Ok(Receipt { kid, of: self.incarnation(), heads }.to_text(&MacKey::new(&key)))
    }

    /// The numbers of these keys, as they stand at a moment after this was called; 0 where nothing is known.
    pub async fn numbers(&self, keys: &[FactKey]) -> Result<Vec<u64>, Denied> {
        let known = self.0.stores.ledger.known(keys).await?;
        Ok(known.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Whoever waits on it is woken when something is committed, or keys are published.
    #[must_use]
    pub fn feed_hints(&self) -> watch::Receiver<()> {
        self.0.feed.hints.subscribe()
    }

    /// What the truth holds after some numbers: a page, as it stands at a moment after this was called.
    pub async fn read_feed(&self, after: &Heads) -> Result<Read, Denied> {
        let after_lanes: Vec<_> = after.iter().map(|(lane, head)| (*lane, *head)).collect();
        let read = || async {
            let reading = self.0.feed.delays.reading();
            let of = self.incarnation();
            let lanes = self.0.stores.ledger.since(&after_lanes, MOST_FACTS).await?;
            if of != self.incarnation() {
                // Of one truth or of the other: of which nobody knows.
                return Err(Fault::of(FaultKind::Unavailable).into());
            }
            reading.found(lanes.iter().map(|tail| (tail.lane, tail.head)).collect());
            let mut read = Read { of, heads: Heads::new(), parts: Vec::new() };
            for tail in lanes {
                let (lane, upto) = (tail.lane, tail.upto(MOST_FACTS));
                let after = after.get(&lane).copied().unwrap_or_default();
                read.heads.insert(lane, tail.head);
                if upto > after {
                    let facts = tail.entries.into_iter().map(|entry| entry.fact).collect();
                    read.parts.push(Part { lane, after, upto, facts });
                }
            }
            Ok(read)
        };
        self.0.feed.reads.read(after, read).await
    }

    /// A verifier follows from now on.
    pub fn follower_joins(&self, follower: FollowerId, bears: Span) -> Result<(), BearsTooMuch> {
        self.0.feed.barrier.lock().joins(self.0.clock.since_boot(), follower, bears)
    }

    /// A stream of it has ended.
    pub fn follower_leaves(&self, follower: FollowerId) {
        self.0.feed.barrier.lock().leaves(follower);
    }

    /// It asks for a proof. Nothing may have been read for it yet.
    pub fn follower_asks(&self, follower: FollowerId) {
        let now = self.0.clock.since_boot();
        self.0.feed.barrier.lock().asks(now, follower);
    }

    /// It has taken in everything up to here.
    pub fn follower_has(&self, follower: FollowerId, of: Incarnation, heads: &Heads) {
        let mut barrier = self.0.feed.barrier.lock();
        if let Some(said) = barrier.has_said(follower, of) {
            self.0.feed.delays.has(self.0.clock.since_boot(), said, heads);
        }
        barrier.has(follower, of, heads);
        drop(barrier);
        self.0.feed.news.notify_waiters();
    }

    /// What there is to be measured of the feed, as Prometheus reads it.
    #[must_use]
    pub fn feed_metrics(&self) -> String {
        let (mut text, feed) = (Text::default(), &self.0.feed);
        let followers = feed.barrier.lock().followers(self.0.clock.since_boot());
        text.gauge(
            "cloakroom_followers",
            "How many verifiers follow, or may still believe.",
            Some(followers),
        );
        text.gauge("cloakroom_facts", "How many facts are known.", Some(self.0.inside.table.len()));
        let about = "From a commit until a verifier has said that it knows.";
        text.histogram("cloakroom_revoke_to_deny_seconds", about, &feed.delays.took);
        text.finish()
    }

    /// Waits until everything that was acknowledged before holds at every verifier: each has said that it knows, or lets nobody in any
    /// more by what it knew. A verifier that is gone is waited for as long as it may go on, and after a start those of the process
    /// before. Where several authorities share the truth, those who follow another one are waited for too.
    pub async fn everywhere(&self, at_most: Duration) -> Result<(), NotEverywhere> {
        let asked = self.0.clock.since_boot();
        let heads = self.0.stores.ledger.heads().await.map_err(Denied::from)?;
        let heads: Vec<_> = heads.into_iter().filter(|(_, head)| *head > 0).collect();
        let mut verifiers = 0;
        let wait = async {
            loop {
                let news = self.0.feed.news.notified();
                let now = self.0.clock.since_boot();
                let behind = {
                    let barrier = self.0.feed.barrier.lock();
                    let of = self.incarnation();
                    let holds = |(lane, head): &(LaneId, u64)| {
                        barrier.holds_everywhere(now, Place { of, lane: *lane, head: *head }).err()
                    };
                    // Nothing may be left of what was taken back, and somebody may have followed all the same.
                    barrier.is_settled(now).err().or_else(|| heads.iter().find_map(holds))
                };
                let Some(behind) = behind else { break };
                verifiers = behind.verifiers;
                let until = (behind.until.as_millis() - now.as_millis()).max(0) + 1;
                let _woken_or_not = tokio::time::timeout(Duration::from_millis(until as u64), news).await;
            }
            verifiers = 0;
            Ok(self.neighbours_know(&heads, asked).await?)
        };
        let waited = tokio::time::timeout(at_most, wait).await;
        waited.unwrap_or(Err(NotEverywhere::Behind(verifiers)))
    }
}
