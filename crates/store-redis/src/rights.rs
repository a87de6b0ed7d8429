//! Whether a user may do what will be asked of them, found at the start and not when it is needed.

use crate::store::RedisStore;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::cells::{CellChange, CellKey, Cells, Placing, Shelf};
use cloakroom_store::fault::Answer;
use cloakroom_store::ledger::Intent;
use cloakroom_store::throttle::{Bucket, Throttle};
use core::error::Error;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A name that nobody else has.
fn drawn() -> [u8; 16] {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    (half() << 64 | half()).to_be_bytes()
}

/// Does everything once, with things that are nobody's, and takes them away again.
async fn everything(store: &RedisStore) -> Answer<()> {
    let [one, two, three] = [Intent(drawn()), Intent(drawn()), Intent(drawn())];
    let digest = [drawn(), drawn()].concat();
    let look_up = LookUp(digest.try_into().unwrap_or_default());
    let key = CellKey::Ticket(look_up);
    let change = |from, to| CellChange { key: key.clone(), from, to, keep: Span::minutes(1) };
    let here = [key.clone()];
    store.claim(one, &[change(None, Some(vec![1]))]).await?;
    store.abandoned(Time::from_millis(0), 1).await?;
    store.apply(one, &here).await?;
    store.read(&here).await?;
    store.swap(two, &change(Some(one), Some(vec![2]))).await?;
    store.swap(three, &change(Some(two), None)).await?;
    store.release(three, &here).await?;
    store.discard(&key).await?;
    let shelf = Shelf::Anonymous;
    let place = |ends| [Placing { shelf, name: look_up.0.to_vec(), ends }];
    // Whoever sweeps takes it away, should this process end here.
    store.place(&place(Some(store.clock.now().plus(Span::minutes(1))))).await?;
    store.place(&place(None)).await?;
    store.ended(shelf, Time::from_millis(0), 1).await?;
    store.count(shelf).await?;
    let bucket = [Bucket { key: look_up, every: Span::seconds(1), burst: 1 }];
    store.take(&bucket).await?;
    store.give_back(&bucket).await
}

/// What this user may not do, as the server calls it. What fails for another reason says nothing of that.
pub(crate) async fn missing(store: &RedisStore) -> Option<String> {
    let fault = everything(store).await.err()?;
    fault.source().map(ToString::to_string).filter(|why| why.starts_with("NOPERM"))
}
