//! The verbs of buckets.

use crate::people_rows as rows;
use crate::store::SqliteStore;
use async_trait::async_trait;
use cloakroom_store::fault::Answer;
use cloakroom_store::throttle::{Bucket, Taken, Throttle, put_back, weigh};

#[async_trait]
impl Throttle for SqliteStore {
    async fn take(&self, buckets: &[Bucket]) -> Answer<Taken> {
        let buckets = buckets.to_vec();
        self.writer
            .run(move |work| {
                let mut taken = Vec::with_capacity(buckets.len());
                for (place, bucket) in buckets.iter().enumerate() {
                    match weigh(bucket, rows::full_at(work.connection, &bucket.key)?, work.now) {
                        Ok(full) => taken.push((bucket.key, full)),
                        Err(again) => return Ok(Ok(Taken::Empty(place, again))),
                    }
                }
                for (key, full) in &taken {
                    rows::set_full_at(work.connection, key, *full)?;
                }
                Ok(Ok(Taken::Done))
            })
            .await
    }

    async fn give_back(&self, buckets: &[Bucket]) -> Answer<()> {
        let buckets = buckets.to_vec();
        self.writer
            .run(move |work| {
                for bucket in &buckets {
                    if let Some(full) = rows::full_at(work.connection, &bucket.key)? {
                        rows::set_full_at(work.connection, &bucket.key, put_back(bucket, full))?;
                    }
                }
                Ok(Ok(()))
            })
            .await
    }

    async fn forget_buckets(&self, at_most: usize) -> Answer<usize> {
        const FULL: &str = "DELETE FROM ck_throttle WHERE bucket IN \
                            (SELECT bucket FROM ck_throttle WHERE full_at <= ?1 LIMIT ?2)";
        self.writer.run(move |work| rows::forget(work.connection, FULL, work.now, at_most).map(Ok)).await
    }
}
