//! The verbs of buckets.

use super::state::MemoryStore;
use crate::fault::Answer;
use crate::throttle::{Bucket, Taken, Throttle, put_back, weigh};
use async_trait::async_trait;

#[async_trait]
impl Throttle for MemoryStore {
    async fn take(&self, buckets: &[Bucket]) -> Answer<Taken> {
        let mut verb = self.verb();
        let now = verb.now;
        let mut taken = Vec::with_capacity(buckets.len());
        for (place, bucket) in buckets.iter().enumerate() {
            match weigh(bucket, verb.book.people.buckets.get(&bucket.key).copied(), now) {
                Ok(full) => taken.push((bucket.key, full)),
                Err(again) => return Ok(Taken::Empty(place, again)),
            }
        }
        verb.book.people.buckets.extend(taken);
        Ok(Taken::Done)
    }

    async fn give_back(&self, buckets: &[Bucket]) -> Answer<()> {
        let mut verb = self.verb();
        for bucket in buckets {
            if let Some(full) = verb.book.people.buckets.get_mut(&bucket.key) {
                *full = put_back(bucket, *full);
            }
        }
        Ok(())
    }

    async fn forget_buckets(&self, at_most: usize) -> Answer<usize> {
        let mut verb = self.verb();
        let now = verb.now;
        let full = verb.book.people.buckets.iter().filter(|(_, full)| **full <= now);
        let full: Vec<_> = full.take(at_most).map(|(key, _)| *key).collect();
        for key in &full {
            verb.book.people.buckets.remove(key);
        }
        Ok(full.len())
    }
}
