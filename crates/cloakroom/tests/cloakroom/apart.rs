//! Sessions on Redis, everything else in SQLite.

use crate::kinds::{before, who};
use cloakroom::{By, Cloakroom, Misuse, SqliteStore};
use cloakroom_servers::redis::Redis;
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
