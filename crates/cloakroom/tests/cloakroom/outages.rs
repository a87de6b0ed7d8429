//! A store outage is 503, never "signed out", and touches no cookie.

use crate::app::router;
use cloakroom::testing::Client;
use cloakroom::{Cloakroom, Protected, SqliteStore};
use std::path::PathBuf;
use tempfile::TempDir;

async fn on_disk() -> (Client<Protected>, PathBuf, TempDir) {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("app.db");
    let store = SqliteStore::open(&database).await.unwrap();
    let cloakroom = Cloakroom::builder().store(store).origin("https://app.example").build().await.unwrap();
    (Client::of(router(&cloakroom), &cloakroom), database, folder)
}

#[tokio::test]
async fn an_outage_is_503_with_the_cookie_untouched() {
    let (browser, database, _folder) = on_disk().await;
    browser.sign_in("anna", &[]).await.unwrap();
    let unseen = browser.stolen();
    let outsider = rusqlite::Connection::open(&database).unwrap();
    outsider.execute_batch("ALTER TABLE ck_session RENAME TO gone").unwrap();
    for path in ["/who", "/notes", "/cart"] {
        let answer = unseen.get(path).await;
        assert_eq!(answer.status, 503, "{path}: {}", answer.text);
        assert!(answer.text.contains("store-unavailable") && answer.cookies().is_empty(), "{}", answer.text);
        assert_eq!(answer.header("retry-after"), "5");
    }
    assert_eq!(unseen.fetch("/cart/coat", "").await.status, 503);
    assert_eq!(unseen.get("/").await.status, 200, "what needs no session goes on");
    outsider.execute_batch("ALTER TABLE gone RENAME TO ck_session").unwrap();
    assert_eq!(unseen.get("/who").await.text, "anna", "and nobody was signed out");
}

/// The handler says that it is done; it is not, because it could not be written.
#[tokio::test]
async fn a_failed_commit_takes_the_handlers_answer_back() {
    let (browser, database, _folder) = on_disk().await;
    let outsider = rusqlite::Connection::open(&database).unwrap();
    outsider
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON ck_session BEGIN SELECT RAISE(FAIL, 'full'); END",
        )
        .unwrap();
    let answer = browser.fetch("/cart/coat", "").await;
    assert_eq!((answer.status, answer.cookies().len()), (503, 0), "{}", answer.text);
    outsider.execute_batch("DROP TRIGGER full").unwrap();
    assert_eq!(browser.fetch("/cart/coat", "").await.text, "coat");
}
