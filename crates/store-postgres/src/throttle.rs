//! The verbs of buckets.

use crate::error::Result;
use crate::people_rows as rows;
use crate::store::PostgresStore;
use crate::work::{Verb, Work};
use async_trait::async_trait;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::time::Time;
use cloakroom_store::fault::Answer;
use cloakroom_store::throttle::{Bucket, Taken, Throttle, put_back, weigh};

#[async_trait]
impl Throttle for PostgresStore {
    async fn take(&self, buckets: &[Bucket]) -> Answer<Taken> {
        self.writer.run(Taking(buckets.to_vec())).await
    }

    async fn give_back(&self, buckets: &[Bucket]) -> Answer<()> {
        self.writer.run(Giving(buckets.to_vec())).await
    }

    async fn forget_buckets(&self, at_most: usize) -> Answer<usize> {
        self.writer.run(Forgetting(at_most)).await
    }
}

struct Taking(Vec<Bucket>);
struct Giving(Vec<Bucket>);
struct Forgetting(usize);

/// When each bucket is full, in their order. They are held in the order of their keys, so that two who take from the same never wait for each
/// other.
async fn hold_all(work: &Work<'_>, buckets: &[Bucket]) -> Result<Vec<Option<Time>>> {
    let mut keys: Vec<LookUp> = buckets.iter().map(|bucket| bucket.key).collect();
    keys.sort_by_key(|key| key.0);
    keys.dedup();
    let mut held = Vec::with_capacity(keys.len());
    for key in keys {
        held.push((key, rows::hold_bucket(work.connection, &key).await?));
    }
    let full = |bucket: &Bucket| held.iter().find(|(key, _)| *key == bucket.key).and_then(|(_, full)| *full);
    Ok(buckets.iter().map(full).collect())
}

impl Verb for Taking {
    type Answer = Taken;

    async fn run(&self, work: &mut Work<'_>) -> Result<Taken> {
        let mut taken = Vec::with_capacity(self.0.len());
        let full = hold_all(work, &self.0).await?;
        for (place, (bucket, full)) in self.0.iter().zip(full).enumerate() {
            match weigh(bucket, full, work.now) {
                Ok(full) => taken.push((bucket.key, full)),
                Err(again) => return Ok(Taken::Empty(place, again)),
            }
        }
        for (key, full) in &taken {
            rows::set_full_at(work.connection, key, *full).await?;
        }
        Ok(Taken::Done)
    }
}

impl Verb for Giving {
    type Answer = ();

    async fn run(&self, work: &mut Work<'_>) -> Result<()> {
        let full = hold_all(work, &self.0).await?;
        for (bucket, full) in self.0.iter().zip(full) {
            if let Some(full) = full {
                rows::set_full_at(work.connection, &bucket.key, put_back(bucket, full)).await?;
            }
        }
        Ok(())
    }
}

impl Verb for Forgetting {
    type Answer = usize;

    async fn run(&self, work: &mut Work<'_>) -> Result<usize> {
        const FULL: &str = "DELETE FROM ck_throttle WHERE bucket IN \
                            (SELECT bucket FROM ck_throttle WHERE full_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
        rows::forget(work.connection, FULL, work.now, self.0).await
    }
}
