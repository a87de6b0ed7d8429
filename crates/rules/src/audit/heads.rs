//! Signed heads, and proving that a log is whole up to the last of them. It proves that nothing up to there was
//! changed, removed or put elsewhere, and says no more than that.

use cloakroom_crypto::mac::MacKey;
use cloakroom_model::records::chain::{ChainHead, Link, SignedHead};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::time::Time;

/// Signs a head.
#[must_use]
pub fn sign(lane: LaneId, head: ChainHead, at: Time, kid: u16, key: &MacKey) -> SignedHead {
    let unsigned = SignedHead { lane, head, at, kid, mac: [0; 32] };
    SignedHead { mac: key.tag(&parts(&unsigned).each_ref().map(Vec::as_slice)), ..unsigned }
}

/// Whether a head was signed under this key.
#[must_use]
pub fn is_signed(signed: &SignedHead, key: &MacKey) -> bool {
    key.verify(&parts(signed).each_ref().map(Vec::as_slice), &signed.mac)
}

fn parts(signed: &SignedHead) -> [Vec<u8>; 6] {
    [
        b"cloakroom/head/1".to_vec(),
        signed.lane.0.to_be_bytes().to_vec(),
        signed.head.seq.to_be_bytes().to_vec(),
        signed.head.digest.0.to_vec(),
        signed.at.millis().to_be_bytes().to_vec(),
        signed.kid.to_be_bytes().to_vec(),
    ]
}

/// What is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A number is missing, or out of order.
    #[error("after event {0} the numbers do not go on")]
    Gap(u64),
    /// An event is not the one that was written.
    #[error("event {0} is not the one that was written")]
    Payload(u64),
    /// The chain does not close.
    #[error("the chain breaks at event {0}")]
    Chain(u64),
    /// A signed head is not in the log.
    #[error("the log does not contain the signed head at event {0}")]
    Head(u64),
    /// A head's signature is not good.
    #[error("the signature of the head at event {0} is not good")]
    Signature(u64),
}

/// A log of one lane, checked link by link.
#[derive(Debug)]
pub struct Verification {
    lane: LaneId,
    head: ChainHead,
    heads: Vec<SignedHead>,
}

impl Verification {
    /// Begins at the start of a lane, with the signed heads somebody kept.
    #[must_use]
    pub fn of(lane: LaneId, heads: impl IntoIterator<Item = SignedHead>) -> Self {
        let mut heads: Vec<_> = heads.into_iter().filter(|signed| signed.lane == lane).collect();
        heads.sort_by_key(|signed| core::cmp::Reverse(signed.head.seq));
        Self { lane, head: ChainHead::default(), heads }
    }

    /// The next link.
    pub fn link(&mut self, link: &Link, key_of: impl Fn(u16) -> Option<MacKey>) -> Result<(), Broken> {
        // After a restore the numbers go on behind the lost ones: the first event says so itself. What was signed in
        // between is missed all the same.
        let restored = link.event.as_ref().is_some_and(|event| event.name == EventName::BackupRestored);
        if restored && link.seq > self.head.seq {
            self.head.seq = link.seq - 1;
        }
        let next = self.head.then(self.lane, link.payload);
        if link.seq != next.seq {
            return Err(Broken::Gap(self.head.seq));
        }
        let whole = |event: &cloakroom_model::records::event::Event| {
            ChainHead::payload_digest(&event.to_bytes()) == link.payload
        };
        if !link.event.as_ref().is_none_or(whole) {
            return Err(Broken::Payload(link.seq));
        }
        if link.head() != next {
            return Err(Broken::Chain(link.seq));
        }
        self.head = next;
        while let Some(signed) = self.heads.pop_if(|signed| signed.head.seq <= next.seq) {
            if signed.head != next {
                return Err(Broken::Head(signed.head.seq));
            }
            if !key_of(signed.kid).is_some_and(|key| is_signed(&signed, &key)) {
                return Err(Broken::Signature(signed.head.seq));
            }
        }
        Ok(())
    }

    /// The log is over: every signed head must have been met.
    pub fn end(mut self) -> Result<ChainHead, Broken> {
        match self.heads.pop() {
            Some(unmet) if unmet.head.seq > 0 => Err(Broken::Head(unmet.head.seq)),
            _ => Ok(self.head),
        }
    }
}

#[cfg(test)]
mod tests;
