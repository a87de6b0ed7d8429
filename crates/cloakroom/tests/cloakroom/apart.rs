//! Sessions on Redis, everything else in SQLite.

use crate::kinds::{before, who};
use cloakroom::{By, Cloakroom, Misuse, SqliteStore, SubjectId, danger};
use cloakroom_servers::redis::Redis;
use std::time::Duration;
use tempfile::TempDir;

async fn app(folder: &TempDir, url: &str) -> Result<Cloakroom, Misuse> {
    let store = SqliteStore::open(folder.path().join("app.db")).await.unwrap();
    Cloakroom::builder().store(store).sessions_on(url).origin("https://app.example").build().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_stays_so_and_who_was_signed_out_everywhere_too() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), Redis::shared().unwrap());
    let url = redis.url(&redis.prefix());
    let first = app(&folder, &url).await.unwrap();
    let (anna, ben) = (before(&first, &Default::default()), before(&first, &Default::default()));
    anna.sign_in("anna", &[]).await.unwrap();
    ben.sign_in("ben", &[]).await.unwrap();
    let (of_anna, of_ben) = (anna.cookies(), ben.cookies());
    first.end_all(&"ben".parse().unwrap(), &By::system()).await.unwrap();
    assert_eq!(who(&ben).await, "nobody");
    drop((anna, ben));
    first.shutdown().await.unwrap();
    drop(first);
    let again = app(&folder, &url).await.unwrap();
    assert_eq!(who(&before(&again, &of_anna)).await, "anna");
    assert_eq!(who(&before(&again, &of_ben)).await, "nobody");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_keep_sessions_is_no_place_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let refused = app(&folder, "redis://localhost:1").await.unwrap_err().to_string();
    assert!(refused.starts_with("CK2051"), "{refused}");
    let redis = Redis::shared().unwrap();
    // What was revoked would be forgotten, and the sessions would not.
    let forgetful = Cloakroom::builder()
        .store(cloakroom::MemoryStore::default())
        .root_key_file(folder.path().join("key"))
        .sessions_on(redis.url(&redis.prefix()))
        .origin("https://app.example");
    assert!(forgetful.build().await.unwrap_err().to_string().starts_with("CK4012"));
}

async fn on_redis_alone(folder: &TempDir, url: &str, reason: &'static str) -> Result<Cloakroom, Misuse> {
    let store = danger::redis_alone(url, reason).await?;
    let key = folder.path().join("cloakroom.key");
    Cloakroom::builder().store(store).root_key_file(key).origin("https://app.example").build().await
}

/// Two processes and nothing but Redis: what one takes back, the other refuses, and so does a third that begins later.
#[tokio::test(flavor = "multi_thread")]
async fn several_processes_have_nothing_but_redis() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), Redis::shared().unwrap());
    let (url, reason) = (redis.url(&redis.prefix()), "a test");
    let refused = on_redis_alone(&folder, &url, " ").await.unwrap_err().to_string();
    assert!(refused.starts_with("CK4005: a store of `danger` needs a reason"), "{refused}");
    let one = on_redis_alone(&folder, &url, reason).await.unwrap();
    let other = on_redis_alone(&folder, &url, reason).await.unwrap();
    let (anna, ben) = (before(&one, &Default::default()), before(&one, &Default::default()));
    anna.sign_in("anna", &[]).await.unwrap();
    ben.sign_in("ben", &[]).await.unwrap();
    assert_eq!(who(&before(&other, &ben.cookies())).await, "ben");
    one.end_all(&"ben".parse().unwrap(), &By::system()).await.unwrap();
    while who(&before(&other, &ben.cookies())).await != "nobody" {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let third = on_redis_alone(&folder, &url, reason).await.unwrap();
    assert_eq!(who(&before(&third, &anna.cookies())).await, "anna");
    assert_eq!(who(&before(&third, &ben.cookies())).await, "nobody");
    let strange = tempfile::tempdir().unwrap();
    let refused = on_redis_alone(&strange, &url, reason).await.unwrap_err().to_string();
    assert!(refused.starts_with("CK3"), "another root key: {refused}");
}

/// Its counters are times: one that is lost is not reached again by counting on from what is left.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_that_redis_has_lost_is_not_given_out_again() {
    let (folder, redis) = (tempfile::tempdir().unwrap(), Redis::start(&[]).unwrap());
    let app = on_redis_alone(&folder, &redis.url("counted:"), "a test").await.unwrap();
    let anna: SubjectId = "anna".parse().unwrap();
    let (facts, of_anna) = ("counted:{ledger}:facts", "\u{5}anna");
    let counter = || {
        let answer = redis.give(&["HGET", facts, of_anna]).unwrap();
        answer.lines().nth(1).and_then(|kept| kept.get(..20)?.parse::<u64>().ok())
    };
    app.end_all(&anna, &By::system()).await.unwrap();
    let before = counter();
    assert!(before.is_some());
    redis.give(&["DEL", facts]).unwrap();
    assert_eq!(counter(), None, "it is not lost");
    app.end_all(&anna, &By::system()).await.unwrap();
    assert!(counter() > before);
}
