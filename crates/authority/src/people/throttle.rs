//! How often somebody may try.

use super::{NotDone, People};
use cloakroom_rules::people::limits::Counted;
use cloakroom_store::throttle::{Bucket, Taken};

impl People {
    fn bucket(&self, counted: Counted, by: &[&str]) -> Result<Bucket, NotDone> {
        let limit = counted.limit();
        let key = self.counted_at(counted.as_str(), by)?;
        Ok(Bucket { key, every: limit.every, burst: limit.burst })
    }

    pub(super) fn buckets(&self, counted: &[(Counted, &[&str])]) -> Result<Vec<Bucket>, NotDone> {
        counted.iter().map(|(counted, by)| self.bucket(*counted, by)).collect()
    }

    /// One more try. It counts before it is made, so that many at one moment are as many.
    pub(super) async fn may_try(&self, buckets: &[Bucket]) -> Result<(), NotDone> {
        match self.0.authority.0.stores.throttle.take(buckets).await? {
            Taken::Done => Ok(()),
            Taken::Empty(_, again) => Err(NotDone::TooMany(again)),
        }
    }

    pub(super) async fn was_no_attack(&self, buckets: &[Bucket]) -> Result<(), NotDone> {
        Ok(self.0.authority.0.stores.throttle.give_back(buckets).await?)
    }
}
