//! The chain of events: each digest covers the one before it, so nothing can be changed, removed or put
//! elsewhere below a head that somebody remembers. Payloads can be erased; their digests stay.

use super::event::Event;
use super::trail::LaneId;
use crate::words::digest::Digest;
use crate::words::time::Time;

/// The end of one lane's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChainHead {
    /// How many events there are.
    pub seq: u64,
    /// The digest of the last one.
    pub digest: Digest,
}

/// An event in its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number, from 1.
    pub seq: u64,
    /// The event, unless it was erased.
    pub event: Option<Event>,
    /// The digest of the event's bytes.
    pub payload: Digest,
    /// The digest of the chain up to here.
    pub digest: Digest,
}

/// A head with a MAC over it, to ship elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHead {
    /// The lane.
    pub lane: LaneId,
    /// The head.
    pub head: ChainHead,
    /// When it was signed.
    pub at: Time,
    /// The root key under whose audit key it was signed.
    pub kid: u16,
    /// HMAC-SHA-256 over all of the above.
    pub mac: [u8; 32],
}

impl ChainHead {
    /// The digest of an event's bytes.
    #[must_use]
    pub fn payload_digest(event: &[u8]) -> Digest {
        Digest::of(&[b"cloakroom/payload/1", event])
    }

    /// The head after one more event.
    #[must_use]
    pub fn then(self, lane: LaneId, payload: Digest) -> Self {
        let seq = self.seq + 1;
        let (lane, place) = (lane.0.to_be_bytes(), seq.to_be_bytes());
        Self { seq, digest: Digest::of(&[b"cloakroom/event/1", &lane, &place, &self.digest.0, &payload.0]) }
    }

    /// The next link: this event behind this head.
    #[must_use]
    pub fn link(self, lane: LaneId, event: Event) -> Link {
        let payload = Self::payload_digest(&event.to_bytes());
        let next = self.then(lane, payload);
        Link { seq: next.seq, event: Some(event), payload, digest: next.digest }
    }
}

impl Link {
    /// The head this link is.
    #[must_use]
    pub const fn head(&self) -> ChainHead {
        ChainHead { seq: self.seq, digest: self.digest }
    }
}
