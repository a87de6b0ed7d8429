//! Sessions: opened, patched, rotated, closed. Each verb is one transaction with its trail.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Generations, Row, Session, Standing};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Time;

/// A session as the truth has it, with the counters as they stood in the same read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The session and the digest of its current ticket.
    pub row: Row,
    /// What the presented ticket is to it.
    pub standing: Standing,
    /// How many tickets are pending.
    pub pending: u32,
    /// The counters now.
    pub truth: Generations,
}

/// On what condition a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// On none.
    #[default]
    Always,
    /// It has expired by the store's time.
    Expired,
    /// It still has this version: something of it was carried over.
    Unchanged(u64),
}

/// A session to end, with what its end leaves behind. The trail is kept only if the session was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Which session.
    pub session: SessionId,
    /// On what condition.
    pub when: When,
    /// What its end publishes and tells.
    pub trail: Trail,
}

/// A new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The session. Its generations are those that were read together with the proof.
    pub row: Row,
    /// How many sessions its subject may have, this one counted.
    pub at_most: Option<u32>,
    /// Sessions that make room for it or that it replaces.
    pub closing: Vec<Closing>,
    /// The refresh family that renews it from now on.
    pub family: Option<Family>,
}

/// How opening ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It is open; these were closed.
    Done(Receipt, Vec<SessionId>),
    /// The id, the ticket or the family is taken. Nothing was changed.
    Taken,
    /// A counter has passed the proof, or the parent is gone or goes with this.
    Superseded,
    /// The subject has more sessions than were made room for, or one that should make room was changed: read again.
    Crowded,
}

/// A record in place of an older one. The ticket stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The version the change was made from.
    pub expect: u64,
    /// The whole session as it shall be; its version is `expect + 1`. When it was last seen only grows.
    pub session: Session,
}

/// How patching ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patched {
    /// The record is as given.
    Done(Receipt),
    /// Somebody else was faster: read again.
    Stale,
    /// There is no live session of this id.
    Gone,
}

/// A new ticket at once. Every earlier ticket of the session is dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotate {
    /// The version the change was made from.
    pub expect: u64,
    /// The session as it shall be, and the digest of its new ticket.
    pub row: Row,
    /// The refresh family that goes on with the new ticket, as it shall be. If somebody else has renewed it, the outcome is stale.
    pub family: Option<Family>,
}

/// How rotating ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The new ticket is the only one.
    Done(Receipt),
    /// Somebody else was faster: read again.
    Stale,
    /// There is no live session of this id.
    Gone,
    /// A counter has passed the proof.
    Superseded,
    /// The ticket is taken.
    Taken,
}

/// A ticket that may take over when it is first presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Whose.
    pub session: SessionId,
    /// The ticket that was presented. It must still be the current one: a dead ticket is handed nothing.
    pub presented: LookUp,
    /// The root key under which the pending ticket is digested.
    pub kid: u16,
    /// The digest of the pending ticket.
    pub look_up: LookUp,
    /// How many may be pending, this one counted.
    pub at_most: u32,
}

/// How offering ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// It is pending.
    Done(Receipt),
    /// As many as may be are pending.
    Enough,
    /// The ticket presented is not the current one (any more).
    NotCurrent,
    /// There is no live session of this id.
    Gone,
    /// The ticket is taken.
    Taken,
}

/// A pending ticket was presented: it is the current one from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promote {
    /// Whose.
    pub session: SessionId,
    /// The digest of the pending ticket.
    pub look_up: LookUp,
}

/// How promoting ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promoted {
    /// The one used before is superseded as of now.
    Done(Receipt),
    /// It is not pending (any more): read again.
    NotPending,
    /// There is no live session of this id.
    Gone,
}

/// A user's generation rises: every older session of theirs is dead. The one that stays must not hang from one
/// that goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// Whose.
    pub subject: SubjectId,
    /// The generation it rises from; the trail's fact says to what.
    pub expect: u64,
    /// The one session that stays, stamped with the new generation and under a new ticket.
    pub keep: Option<Rotate>,
}

/// How raising ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raised {
    /// It rose; so many sessions ended.
    Done(Receipt, u32),
    /// Somebody else was faster: read again.
    Stale,
    /// The session that should stay is gone. Nothing was changed.
    Gone,
    /// The new ticket is taken.
    Taken,
}

/// Sessions that have expired.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expired {
    /// Some of them.
    pub rows: Vec<Row>,
    /// Expired ones whose records cannot be read.
    pub broken: Vec<SessionId>,
    /// Whether there may be more: ask again.
    pub more: bool,
}

/// A session was used, again and again, never with a pause as long as its idle limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// Which.
    pub session: SessionId,
    /// First when.
    pub since: Time,
    /// Last when.
    pub seen: Time,
}

/// How many sessions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// With a subject.
    pub signed_in: u64,
    /// Without one.
    pub anonymous: u64,
    /// Tickets that are not current.
    pub old_tickets: u64,
}

/// The sessions of a store. A verb that changes something runs to its end once it was started, whether or not
/// anybody waits for the answer. Every verb uses the time of the clock the store was opened with.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session a ticket names. An expired or superseded one is returned as it is: the caller decides.
    async fn load(&self, look_up: &LookUp) -> Answer<Option<Loaded>>;

    /// The session of an id.
    async fn find(&self, session: SessionId) -> Answer<Option<Loaded>>;

    /// The sessions of a subject, the least recently used first.
    async fn of_subject(&self, subject: &SubjectId) -> Answer<Vec<Row>>;

    /// Sessions that have expired, at most so many, in no order.
    async fn expired(&self, at_most: usize) -> Answer<Expired>;

    /// How many there are.
    async fn census(&self) -> Answer<Census>;

    /// Opens a session.
    async fn open(&self, open: Open, trail: &Trail) -> Answer<Opened>;

    /// Replaces a record.
    async fn patch(&self, patch: Patch, trail: &Trail) -> Answer<Patched>;

    /// Replaces record and ticket at once.
    async fn rotate(&self, rotate: Rotate, trail: &Trail) -> Answer<Rotated>;

    /// Makes a ticket pending.
    async fn offer(&self, offer: Offer, trail: &Trail) -> Answer<Offered>;

    /// Makes a pending ticket the current one.
    async fn promote(&self, promote: Promote, trail: &Trail) -> Answer<Promoted>;

    /// Raises a user's generation.
    async fn raise(&self, raise: Raise, trail: &Trail) -> Answer<Raised>;

    /// Writes down when sessions were last used. Never moves one back, and never brings one back: it counts only if
    /// the session had not run out when the use began.
    async fn touch(&self, touches: Vec<Touch>) -> Answer<()>;

    /// Ends sessions and those that hang from them. Answers which were there.
    async fn close(&self, closing: Vec<Closing>) -> Answer<(Receipt, Vec<SessionId>)>;
}
