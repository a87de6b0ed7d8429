//! Buckets: a time each, which Redis forgets by itself when they are full.

use crate::error::Failed;
use crate::inside::Inside;
use crate::store::RedisStore;
use async_trait::async_trait;
use cloakroom_model::words::time::Time;
use cloakroom_store::fault::Answer;
use cloakroom_store::throttle::{Bucket, Taken, Throttle};
use redis::{FromRedisValue, ScriptInvocation};

#[async_trait]
impl Throttle for RedisStore {
    async fn take(&self, buckets: &[Bucket]) -> Answer<Taken> {
        let now = self.clock.now().millis();
        for (place, bucket) in buckets.iter().enumerate() {
            let mut take = self.links.scripts().take.prepare_invoke();
            take.key(self.key_of(bucket)).arg(now).arg(bucket.every.as_millis()).arg(bucket.burst);
            let (is_taken, when): (u8, i64) = self.run(take).await?;
            if is_taken == 0 {
                self.give_back(buckets.get(..place).unwrap_or_default()).await?;
                return Ok(Taken::Empty(place, Time::from_millis(when)));
            }
        }
        Ok(Taken::Done)
    }

    async fn give_back(&self, buckets: &[Bucket]) -> Answer<()> {
        for bucket in buckets {
            let mut give = self.links.scripts().give_back.prepare_invoke();
            give.key(self.key_of(bucket)).arg(bucket.every.as_millis());
            let _given: u8 = self.run(give).await?;
        }
        Ok(())
    }

    async fn forget_buckets(&self, _at_most: usize) -> Answer<usize> {
        Ok(0)
    }
}

impl RedisStore {
    async fn run<T: FromRedisValue>(&self, script: ScriptInvocation<'_>) -> Answer<T> {
        let (links, script) = (&self.links, &script);
        // Once: what was taken is not taken again because its answer was lost.
        let run =
            links.ask_at_most(1, |mut connection| async move { script.invoke_async(&mut connection).await });
        Inside { runtime: self.runtime.clone(), future: Box::pin(run) }.await.map_err(Failed::fault)
    }

    fn key_of(&self, bucket: &Bucket) -> Vec<u8> {
        self.links.key(&format!("b:{}", data_encoding::BASE64URL_NOPAD.encode(&bucket.key.0)))
    }
}
