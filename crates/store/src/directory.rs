//! People: found by what they sign in with, changed as a whole.

use crate::fault::Answer;
use crate::ledger::Intent;
use crate::sessions::{Raise, Raised};
use async_trait::async_trait;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::login_name::LoginName;

/// Somebody as the truth has them, with the counters as they stood in the same read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The account.
    pub account: Account,
    /// The counters now.
    pub truth: Generations,
}

/// What becomes of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// It begins.
    Create(Account),
    /// It is as given from now on; its version is `expect + 1`.
    Replace {
        /// The version the change was made from.
        expect: u64,
        /// The whole account as it shall be.
        account: Account,
    },
    /// It ends, and its names are free.
    Remove {
        /// Whose.
        user: UserId,
        /// The version the decision was made from.
        expect: u64,
    },
}

impl Edit {
    /// Whom it is about.
    #[must_use]
    pub const fn user(&self) -> UserId {
        match self {
            Self::Create(account) | Self::Replace { account, .. } => account.id,
            Self::Remove { user, .. } => *user,
        }
    }
}

/// A change of one person and everything that belongs to it. It happens whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The account.
    pub edit: Edit,
    /// A request that is used up by it. One that is over, or not there, stops it.
    pub redeem: Option<LookUp>,
    /// Everything else that was begun by or for this person ends.
    pub void: bool,
    /// The same for requests of others: what somebody was asked to join by, before they had this name.
    pub void_of: Vec<UserId>,
    /// Requests that begin with it.
    pub ask: Vec<Request>,
    /// Their sessions end, but perhaps the one that asked. Its subject is this person.
    pub raise: Option<Raise>,
    /// Letters that go out.
    pub post: Vec<Letter>,
    /// The name it is done under, if a part of it is prepared in another store. One that was called off is stale.
    pub intent: Option<Intent>,
}

impl Change {
    /// A change of an account and nothing else.
    #[must_use]
    pub const fn of(edit: Edit) -> Self {
        Self {
            edit,
            redeem: None,
            void: false,
            void_of: Vec::new(),
            ask: Vec::new(),
            raise: None,
            post: Vec::new(),
            intent: None,
        }
    }
}

/// How changing somebody ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It is as given; so many sessions ended.
    Done(Receipt, u32),
    /// Somebody else was faster: read again.
    Stale,
    /// There is no such person, or no such session to keep.
    Gone,
    /// A name, an id or a secret is somebody else's.
    Taken,
    /// The request is over, or was used.
    LinkGone,
}

impl Raised {
    /// What hinders raising, as what hinders the change that raises.
    #[must_use]
    pub fn of_change(&self) -> Changed {
        match self {
            Self::Gone => Changed::Gone,
            Self::Taken => Changed::Taken,
            Self::Stale | Self::Done(..) => Changed::Stale,
        }
    }
}

/// The people of a store. A verb that changes something runs to its end once it was started.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Somebody by what they sign in with.
    async fn by_name(&self, name: &LoginName) -> Answer<Option<Found>>;

    /// Somebody by their id.
    async fn by_id(&self, user: UserId) -> Answer<Option<Found>>;

    /// Some of them after an id, in the order of their ids, at most so many.
    async fn people(&self, after: Option<UserId>, at_most: usize) -> Answer<Vec<Account>>;

    /// How many there are.
    async fn count(&self) -> Answer<u64>;

    /// Changes somebody.
    async fn change(&self, change: Change, trail: &Trail) -> Answer<Changed>;
}
