//! One cell and two changes that want it, without the store that decides.

use crate::rig::{open, runtime};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::time::Span;
use cloakroom_servers::redis::Redis;
use cloakroom_store::cells::{Applied, Cell, CellChange, CellKey, Cells};
use cloakroom_store::ledger::Intent;
use cloakroom_store_redis::RedisStore;
use std::sync::Arc;

const A: Intent = Intent([1; 16]);
const B: Intent = Intent([2; 16]);

fn cell() -> (Arc<RedisStore>, CellKey) {
    let server = Redis::shared().unwrap();
    let redis = open(&server.url(&server.prefix()), &ManualClock::default());
    (redis, CellKey::Ticket(LookUp([7; 32])))
}

fn to(key: &CellKey, from: Option<Intent>, value: &[u8]) -> CellChange {
    CellChange { key: key.clone(), from, to: Some(value.to_vec()), keep: Span::hours(1) }
}

#[test]
fn what_is_late_changes_nothing() {
    let (redis, key) = cell();
    let keys = [key.clone()];
    let read = || async { redis.read(&keys).await.unwrap().remove(0) };
    runtime().block_on(async {
        assert!(redis.claim(A, &[to(&key, None, b"a")]).await.unwrap());
        assert!(redis.claim(A, &[to(&key, None, b"a")]).await.unwrap(), "sent twice");
        assert!(!redis.claim(B, &[to(&key, None, b"b")]).await.unwrap(), "claimed");
        assert!(!redis.swap(B, &to(&key, None, b"b")).await.unwrap(), "claimed");
        assert_eq!(redis.apply(A, &keys).await.unwrap(), [Applied::Done]);
        assert_eq!(redis.apply(A, &keys).await.unwrap(), [Applied::Done], "sent twice");
        redis.release(A, &keys).await.unwrap();
        let of_a = Cell { revision: Some(A), value: Some(b"a".to_vec()), ..Cell::default() };
        assert_eq!(read().await, of_a);
        assert!(!redis.claim(B, &[to(&key, None, b"b")]).await.unwrap(), "from what it is not any more");
        assert!(!redis.swap(B, &to(&key, None, b"b")).await.unwrap(), "from what it is not any more");
        // Somebody else has claimed it: the first one, come late, finishes nothing of theirs.
        assert!(redis.claim(B, &[to(&key, Some(A), b"b")]).await.unwrap());
        assert!(!redis.swap(Intent([3; 16]), &to(&key, Some(A), b"c")).await.unwrap(), "claimed");
        assert_eq!(redis.apply(A, &keys).await.unwrap(), [Applied::Done]);
        redis.release(A, &keys).await.unwrap();
        assert_eq!(read().await, Cell { claim: Some(B), ..of_a.clone() });
        redis.release(B, &keys).await.unwrap();
        assert_eq!(redis.apply(B, &keys).await.unwrap(), [Applied::Other], "what was released is not done");
        assert_eq!(read().await, of_a);
        assert!(redis.swap(B, &to(&key, Some(A), b"b")).await.unwrap());
        assert!(redis.swap(B, &to(&key, Some(A), b"b")).await.unwrap(), "sent twice");
        let gone = CellChange { to: None, ..to(&key, Some(B), b"") };
        assert!(redis.claim(A, &[gone]).await.unwrap());
        assert_eq!(redis.apply(A, &keys).await.unwrap(), [Applied::Nothing]);
        assert_eq!(read().await, Cell::default());
    });
}

#[test]
fn what_nobody_brings_to_an_end_is_listed() {
    let (redis, key) = cell();
    let clock = ManualClock::default();
    let later = cloakroom_model::ports::Clock::now(&clock).plus(Span::minutes(1));
    runtime().block_on(async {
        assert!(redis.claim(A, &[to(&key, None, b"a")]).await.unwrap());
        assert_eq!(redis.abandoned(later, 8).await.unwrap(), [(A, key.clone())]);
        redis.release(A, core::slice::from_ref(&key)).await.unwrap();
        assert!(redis.abandoned(later, 8).await.unwrap().is_empty());
    });
}
