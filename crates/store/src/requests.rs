//! What was begun and is not finished. Each is used at most once.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::letter::Letter;
use cloakroom_model::records::request::Request;
use cloakroom_model::records::session::Generations;
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::UserId;
use cloakroom_model::words::time::Time;

/// What begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asking {
    /// Whose requests of before end with it.
    pub void: Vec<UserId>,
    /// The requests.
    pub ask: Vec<Request>,
    /// Letters that go out.
    pub post: Vec<Letter>,
}

/// How beginning something ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is begun.
    Done(Receipt),
    /// A secret is taken. Nothing was begun.
    Taken,
}

/// How using something up ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// It was this, and is no more.
    Done(Receipt, Box<Request>),
    /// It is over, or was used, or never was.
    Gone,
}

/// How taking back ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withdrawn {
    /// So many are no more.
    Done(Receipt, u32),
    /// There was nothing.
    Nothing,
}

/// Whether a request is still good.
#[must_use]
pub fn is_live(request: &Request, truth: Generations, now: Time) -> bool {
    request.expires > now && !request.generations.superseded_by(truth)
}

/// The requests of a store.
#[async_trait]
pub trait Requests: Send + Sync {
    /// Begins some, ends others and sends letters, in one commit.
    async fn ask(&self, asking: Asking, trail: &Trail) -> Answer<Asked>;

    /// One that is still good.
    async fn pending(&self, look_up: &LookUp) -> Answer<Option<Request>>;

    /// Uses one up that is still good.
    async fn redeem(&self, look_up: &LookUp, trail: &Trail) -> Answer<Redeemed>;

    /// Takes back what was begun by or for a user, whether it is still good or not.
    async fn withdraw(&self, user: UserId, trail: &Trail) -> Answer<Withdrawn>;

    /// Forgets requests that are over, at most so many. Answers how many.
    async fn forget_requests(&self, at_most: usize) -> Answer<usize>;
}
