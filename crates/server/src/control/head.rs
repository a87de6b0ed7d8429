//! A signed end of the log, as text that can be kept elsewhere.

use cloakroom_model::records::chain::{ChainHead, SignedHead};
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::time::Time;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// A signed end of one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) lane: u32,
    pub(crate) seq: u64,
    digest: String,
    at: i64,
    kid: u16,
    mac: String,
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl Head {
    pub(super) fn of(signed: &SignedHead) -> Self {
        Self {
            lane: signed.lane.0,
            seq: signed.head.seq,
            digest: HEXLOWER.encode(&signed.head.digest.0),
            at: signed.at.millis(),
            kid: signed.kid,
            mac: HEXLOWER.encode(&signed.mac),
        }
    }

    pub(super) fn signed(&self) -> Option<SignedHead> {
        Some(SignedHead {
            lane: LaneId(self.lane),
            head: ChainHead { seq: self.seq, digest: Digest(bytes(&self.digest)?) },
            at: Time::from_millis(self.at),
            kid: self.kid,
            mac: bytes(&self.mac)?,
        })
    }
}
