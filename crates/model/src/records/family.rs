//! The record of a refresh family: who renews a sign-in, and how far they have come. Nothing in it can be presented: tokens are
//! computed from it and a root key.

use crate::words::id::{ClientId, FamilyId, SessionId};
use crate::words::scope::{Audience, Scope};
use crate::words::shard::Shard;
use crate::words::time::{Span, Time};

/// What is done with a previous token that comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefreshPolicy {
    /// Nothing: beyond the window it is a theft.
    Strict,
    /// Once, and as long as one access token lives, it displaces the current one. For cookies that script cannot read.
    Fork,
    /// A client that proves the key its tokens are bound to may always try again with the previous one.
    Bound,
}

/// Tokens that were good until the session got a new ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken {
    /// The first generation of them.
    pub from: u32,
    /// The generation after the last of them.
    pub below: u32,
    /// When.
    pub at: Time,
}

/// A refresh family. It hangs from the session that it renews and ends with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The id that people see.
    pub id: FamilyId,
    /// Where a clustered store keeps it: beside its session.
    pub shard: Shard,
    /// Whose tokens these are.
    pub client: ClientId,
    /// That client's generation when the family began.
    pub client_generation: u64,
    /// The sign-in that is renewed. Who it is about, and their generations, stand there.
    pub session: SessionId,
    /// Which ticket of the session the family was last bound to. Another one, and the family is over.
    pub ticket: u32,
    /// What its access tokens allow, in order.
    pub scope: Vec<Scope>,
    /// Whom they are meant for, in order.
    pub audience: Vec<Audience>,
    /// The key its tokens are bound to, by the thumbprint of RFC 7638.
    pub bound_to: Option<[u8; 32]>,
    /// Goes into the key of its MAC, so that no two families share one.
    pub salt: [u8; 16],
    /// The generation of the current token.
    pub generation: u32,
    /// The generation before, as long as somebody may still hold it for the current one.
    pub previous: Option<u32>,
    /// The root key under which the current token was computed.
    pub kid: u16,
    /// When the current token came to be.
    pub rotated: Time,
    /// Whether a late retry has displaced a token since the last ordinary renewal.
    pub forked: bool,
    /// Which tokens a step-up has overtaken, and when: whoever was under way with one of them is no thief.
    pub overtaken: Option<Overtaken>,
    /// No proof from before this counts as fresh: the family changed hands, or may have.
    pub doubted: Option<Time>,
    /// When it began.
    pub created: Time,
    /// When it was last renewed.
    pub last_used: Time,
    /// How long it may lie unused.
    pub idle: Span,
    /// When it ends whatever happens.
    pub absolute: Time,
}

impl Family {
    /// When it runs out if it is not renewed again.
    #[must_use]
    pub fn expires(&self) -> Time {
        self.last_used.plus(self.idle).min(self.absolute)
    }
}
