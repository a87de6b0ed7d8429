//! What a store that knows only keys and values must do, so that sessions can live in it beside one that decides.
//!
//! A change of several cells is *claimed* in each of them first, with what each shall be; then the store that decides is asked; then it is
//! *applied*, or *released*. Whoever comes upon a claim that stays can ask the same store and finish it, cell by cell. So no cell has to lie
//! beside another one.

use crate::fault::Answer;
use crate::ledger::Intent;
use async_trait::async_trait;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::{FamilyId, SessionId};
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::{Span, Time};

/// What a cell is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellKey {
    /// A ticket: its session, or whose it was.
    Ticket(LookUp),
    /// The current ticket of a session.
    Session(SessionId),
    /// The session of a refresh family.
    Family(FamilyId),
    /// The sessions of a subject.
    Subject(SubjectId),
}

impl CellKey {
    /// The key as bytes: a kind and its id.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, id): (u8, &[u8]) = match self {
            Self::Ticket(look_up) => (1, &look_up.0),
            Self::Session(session) => (2, &session.to_bytes()),
            Self::Family(family) => (3, &family.to_bytes()),
            Self::Subject(subject) => (4, subject.as_str().as_bytes()),
        };
        [&[kind], id].concat()
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let (kind, id) = bytes.split_first().ok_or(Malformed)?;
        Ok(match kind {
            1 => Self::Ticket(LookUp(id.try_into().map_err(|_| Malformed)?)),
            2 => Self::Session(SessionId::from_bytes(id.try_into().map_err(|_| Malformed)?)),
            3 => Self::Family(FamilyId::from_bytes(id.try_into().map_err(|_| Malformed)?)),
            4 => Self::Subject(core::str::from_utf8(id).map_err(|_| Malformed)?.parse()?),
            _ => return Err(Malformed),
        })
    }
}

/// A cell as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The change that made it what it is. None if there is nothing.
    pub revision: Option<Intent>,
    /// What is in it.
    pub value: Option<Vec<u8>>,
    /// The change that has claimed it.
    pub claim: Option<Intent>,
    /// There is something, and it was not put there by us.
    pub is_broken: bool,
}

/// What becomes of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellChange {
    /// Which.
    pub key: CellKey,
    /// The revision it was decided by.
    pub from: Option<Intent>,
    /// What it shall be.
    pub to: Option<Vec<u8>>,
    /// How long it is needed at least. The store may forget it some time later, whatever else happens.
    pub keep: Span,
}

/// What a cell is after a change was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// What the change made of it, now or before.
    Done,
    /// Nothing.
    Nothing,
    /// What another change has made of it; or the claim was lost.
    Other,
}

/// A list of what comes to an end when. It may be wrong after a crash: whoever finds something there looks at the thing itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shelf {
    /// Sessions with a subject.
    SignedIn,
    /// Sessions without one.
    Anonymous,
    /// Tickets that are not current.
    OldTickets,
}

impl Shelf {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SignedIn, Self::Anonymous, Self::OldTickets];
}

/// A place on a shelf, taken or left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// Where.
    pub shelf: Shelf,
    /// What: the id of a session, or the digest of a ticket.
    pub name: Vec<u8>,
    /// When it comes to its end. None: it is not there any more.
    pub ends: Option<Time>,
}

/// Cells in a store.
#[async_trait]
pub trait Cells: Send + Sync {
    /// Cells as they are, in the order of their keys.
    async fn read(&self, keys: &[CellKey]) -> Answer<Vec<Cell>>;

    /// Takes away what was not put there by us, if it still is there.
    async fn discard(&self, key: &CellKey) -> Answer<()>;

    /// Claims all cells for a change. False if one of them has another revision or another claim: some may be claimed then.
    async fn claim(&self, intent: Intent, changes: &[CellChange]) -> Answer<bool>;

    /// Makes cells what they shall be, as far as this change claims them. Answers what each of them is, in their order.
    async fn apply(&self, intent: Intent, keys: &[CellKey]) -> Answer<Vec<Applied>>;

    /// Leaves cells what they are, as far as this change claims them.
    async fn release(&self, intent: Intent, keys: &[CellKey]) -> Answer<()>;

    /// Changes one cell at once, if it has the revision and no claim.
    async fn swap(&self, intent: Intent, change: &CellChange) -> Answer<bool>;

    /// Claims that were made before this time and are there still: whoever made them has gone away. At most so many. What cannot be read is
    /// forgotten.
    async fn abandoned(&self, before: Time, at_most: usize) -> Answer<Vec<(Intent, CellKey)>>;

    /// Puts things on shelves and takes them off.
    async fn place(&self, placings: &[Placing]) -> Answer<()>;

    /// What of a shelf has come to its end by then, the first first, at most so many.
    async fn ended(&self, shelf: Shelf, by: Time, at_most: usize) -> Answer<Vec<Vec<u8>>>;

    /// How much there is on a shelf.
    async fn count(&self, shelf: Shelf) -> Answer<u64>;

    /// When the last writes may have been lost. None if never, as far as is known.
    async fn lost_at(&self) -> Answer<Option<Time>>;
}

/// A MAC over records, for stores that others can write to.
pub trait RecordMac: Send + Sync {
    /// The tag of a record and the number of its key; none if it cannot be made.
    fn tag(&self, parts: &[&[u8]]) -> Option<(u16, [u8; 16])>;

    /// Whether a tag is of this record and of that key.
    fn is_ours(&self, key: u16, parts: &[&[u8]], tag: &[u8; 16]) -> bool;
}
