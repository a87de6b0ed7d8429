//! A verifier of a world, with the authority's end of its stream.

use super::truth::Credential;
use cloakroom_model::ports::NoEntropy;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::time::Span;
use cloakroom_rules::feed::barrier::FollowerId;
use cloakroom_rules::feed::follower::Follower;
use cloakroom_rules::feed::relay::Relay;
use cloakroom_rules::feed::said::Heads;
use cloakroom_verifier::freshness::{Freshness, Proof};
use cloakroom_verifier::table::{Finding, Table};
use std::collections::BTreeMap;

/// How often a follower asks.
pub(crate) const EVERY: Span = Span::millis(500);

/// A clock that is set to anything and runs a tenth too fast or too slow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) offset: i64,
    pub(crate) rate: f64,
}

impl Clock {
    /// What it says at a moment of the world.
    pub(crate) fn at(self, at: i64) -> Span {
        Span::millis(self.offset + (at as f64 * self.rate) as i64)
    }
}

/// Somebody's credential was looked up.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) at: i64,
    pub(crate) credential: Credential,
    pub(crate) proof: Proof,
    pub(crate) finding: Finding,
    pub(crate) has_receipt: bool,
    pub(crate) has_come: bool,
}

#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) clock: Clock,
    /// D: how old what it knows may be.
    pub(crate) bears: Span,
    /// It is another one after a restart.
    pub(crate) life: u64,
    pub(crate) table: Table,
    pub(crate) freshness: Freshness,
    pub(crate) follower: Follower,
    pub(crate) relay: Relay,
    pub(crate) read: Heads,
    /// The number of the read that was asked for last.
    pub(crate) reading: u64,
    pub(crate) stream: u64,
    pub(crate) is_open: bool,
    /// The authority counts it.
    pub(crate) has_joined: bool,
    /// When the last message of each direction arrives.
    pub(crate) last: [i64; 2],
    pub(crate) held_until: i64,
    pub(crate) paused_until: i64,
    pub(crate) slept: i64,
    /// Whom it has denied, and since when.
    pub(crate) denied: BTreeMap<Credential, i64>,
    /// When it could say something last.
    pub(crate) fresh_at: i64,
}

impl Verifier {
    pub(crate) fn new(seed: u64, clock: Clock, bears: Span) -> Result<Self, NoEntropy> {
        Ok(Self {
            clock,
            bears,
            life: 0,
            table: Table::draw(&SeededEntropy::new(seed))?,
            freshness: Freshness::unknown(),
            follower: Follower::new(EVERY),
            relay: Relay::default(),
            read: Heads::new(),
            reading: 0,
            stream: 0,
            is_open: false,
            has_joined: false,
            last: [0; 2],
            held_until: 0,
            paused_until: 0,
            slept: 0,
            denied: BTreeMap::new(),
            fresh_at: 0,
        })
    }

    /// As whom the authority knows it.
    pub(crate) fn id(&self, number: usize) -> FollowerId {
        let process = (((number as u128) << 64) | u128::from(self.life)).to_be_bytes();
        FollowerId { service: ServiceId::from_bytes([0; 16]), process }
    }
}
