//! How often something may be tried. A bucket is one time: when it would be full again if nobody tried any more.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::time::{Span, Time};

/// A limit and what it is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// What is counted: a keyed digest.
    pub key: LookUp,
    /// One try comes back in this time.
    pub every: Span,
    /// How many may be made at once.
    pub burst: u32,
}

/// What one more try does to a bucket: when it will be full again, or when there is one to take.
pub fn weigh(bucket: &Bucket, full: Option<Time>, now: Time) -> Result<Time, Time> {
    let most = Span::millis(bucket.every.as_millis().saturating_mul(i64::from(bucket.burst)));
    // A time that no bucket can have is of a clock that was put back since: it must not keep anybody out until that comes again.
    let possible = full.filter(|full| full.minus(most) <= now.plus(most));
    let full = possible.unwrap_or(now).max(now).min(now.plus(most));
    let next = full.plus(bucket.every);
    if next.since(now) <= most { Ok(next) } else { Err(next.minus(most)) }
}

/// When a bucket is full again if one try is put back.
#[must_use]
pub fn put_back(bucket: &Bucket, full: Time) -> Time {
    full.minus(bucket.every)
}

/// How taking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// One was taken from each.
    Done,
    /// Nothing was taken from any: this one (by its place) was empty, and has one again at this time.
    Empty(usize, Time),
}

/// The buckets of a store.
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Takes one from each bucket, or from none.
    async fn take(&self, buckets: &[Bucket]) -> Answer<Taken>;

    /// Puts back what was taken.
    async fn give_back(&self, buckets: &[Bucket]) -> Answer<()>;

    /// Forgets buckets that are full again, at most so many. Answers how many.
    async fn forget_buckets(&self, at_most: usize) -> Answer<usize>;
}

#[cfg(test)]
mod tests;
