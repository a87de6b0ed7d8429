//! What each kind of session promises: each test asks all three, and compares with the table in the guide.

use crate::app::router;
use cloakroom::testing::{self, Client, ManualClock};
use cloakroom::{Builder, By, Cloakroom, Protected, SessionPolicy, Span, SqliteStore};
use cloakroom_rules::session::close::Why;
use data_encoding::BASE64URL_NOPAD;
use std::collections::BTreeMap;
use std::future::Future;
use tempfile::TempDir;

const TABLE: &str = include_str!("../../../../docs/guide/kinds-of-session.md");
const TESTS: &str = include_str!("kinds.rs");
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Stored,
    Sealed,
    Signed,
}

impl Kind {
    pub(crate) fn is_stored(self) -> bool {
        matches!(self, Self::Stored)
    }

    pub(crate) fn of(self, builder: Builder) -> Builder {
        match self {
            Self::Stored => builder,
            Self::Sealed => builder.sealed_cookies(),
            Self::Signed => builder.signed_cookies("a test"),
        }
    }
}

/// An app in memory.
pub(crate) struct World {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) clock: ManualClock,
    pub(crate) browser: Client<Protected>,
}

pub(crate) async fn world_with(kind: Kind, policy: SessionPolicy) -> World {
    let clock = ManualClock::default();
    let cloakroom = kind.of(testing::builder(&clock)).policy(policy).build().await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    World { cloakroom, clock, browser }
}

pub(crate) async fn world(kind: Kind) -> World {
    world_with(kind, SessionPolicy::default()).await
}

/// Somebody signed in to an app in memory.
pub(crate) async fn signed_in(kind: Kind) -> World {
    let world = world(kind).await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    assert_eq!(who(&world.browser).await, "anna");
    world
}

/// An app on disk.
pub(crate) async fn on_disk(kind: Kind, folder: &TempDir) -> Cloakroom {
    let store = SqliteStore::open(folder.path().join("app.db")).await.unwrap();
    let builder = Cloakroom::builder().store(store).origin("https://app.example");
    kind.of(builder).build().await.unwrap()
}

/// A browser with these cookies.
pub(crate) fn before(app: &Cloakroom, jar: &BTreeMap<String, String>) -> Client<Protected> {
    let browser = Client::of(router(app), app);
    jar.iter().for_each(|(name, value)| browser.set_cookie(name, value));
    browser
}

pub(crate) async fn who(browser: &Client<Protected>) -> String {
    let answer = browser.get("/who").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text
}

fn said(promise: &str) -> Vec<&'static str> {
    let row = TABLE.lines().find(|line| line.starts_with(&format!("| {promise} |")));
    let row = row.unwrap_or_else(|| panic!("the table has no line {promise:?}"));
    row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).skip(1).collect()
}

/// Whether the table says what is seen.
async fn promised<F: Future<Output = bool>>(promise: &str, holds: impl Fn(Kind) -> F) {
    let mut seen = Vec::new();
    for kind in [Kind::Stored, Kind::Sealed, Kind::Signed] {
        seen.push(if holds(kind).await { "yes" } else { "no" });
    }
    assert_eq!(seen, said(promise), "{promise}");
}

#[test]
fn every_line_of_the_table_is_a_test() {
    let rows = TABLE.lines().filter(|line| line.ends_with("| yes |") || line.ends_with("| no |"));
    let promises: Vec<_> = rows.filter_map(|row| row.split('|').nth(1)).map(str::trim).collect();
    assert!(promises.len() > 15);
    for promise in promises {
        assert!(TESTS.contains(&format!("promised(\"{promise}\"")), "no test asks: {promise}");
    }
}

#[tokio::test]
async fn reading() {
    promised("its holder cannot read what is in it", |kind| async move {
        let world = signed_in(kind).await;
        world.browser.fetch("/cart/umbrella", "").await;
        let cookies = world.browser.cookies();
        let bytes: Vec<_> = cookies
            .values()
            .filter_map(|value| BASE64URL_NOPAD.decode(value.split_once('_')?.1.as_bytes()).ok())
            .collect();
        assert_eq!(bytes.len(), 1, "{cookies:?}");
        !["anna", "umbrella"]
            .iter()
            .any(|secret| bytes[0].windows(secret.len()).any(|window| window == secret.as_bytes()))
    })
    .await;
}

#[tokio::test]
async fn changing() {
    promised("a changed cookie opens nothing", |kind| async move {
        let world = signed_in(kind).await;
        let (name, value) = world.browser.cookies().into_iter().next().unwrap();
        let mut opened = 0;
        for at in 4..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let thief = world.browser.another();
            thief.set_cookie(&name, &String::from_utf8(changed).unwrap());
            opened += usize::from(who(&thief).await != "nobody");
        }
        opened == 0
    })
    .await;
}

#[tokio::test]
async fn running_out() {
    promised("it runs out when it is not used", |kind| async move {
        let world = signed_in(kind).await;
        for _ in 0..5 {
            world.clock.advance(Span::minutes(50));
            assert_eq!(who(&world.browser).await, "anna", "{kind:?}: it slides");
        }
        world.clock.advance(Span::minutes(60));
        who(&world.browser).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn signing_out() {
    promised("a copy is refused once its holder signed out", |kind| async move {
        let world = signed_in(kind).await;
        let thief = world.browser.stolen();
        assert_eq!(who(&thief).await, "anna");
        assert_eq!(world.browser.fetch("/sign-out", "").await.text, "bye");
        who(&thief).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn starting_again() {
    promised("a copy is refused once its holder signed out, also after a restart", |kind| async move {
        let folder = TempDir::new().unwrap();
        let (stays, thief) = {
            let app = on_disk(kind, &folder).await;
            let (stays, leaves) = (Client::of(router(&app), &app), Client::of(router(&app), &app));
            stays.sign_in("berta", &[]).await.unwrap();
            leaves.sign_in("anna", &[]).await.unwrap();
            let thief = leaves.stolen();
            assert_eq!(leaves.fetch("/sign-out", "").await.text, "bye");
            app.shutdown().await.unwrap();
            (stays.cookies(), thief.cookies())
        };
        let app = on_disk(kind, &folder).await;
        assert_eq!(who(&before(&app, &stays)).await, "berta", "{kind:?}: the others go on");
        who(&before(&app, &thief)).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn ending_all_others() {
    promised("a copy is refused once everything else of the user was ended", |kind| async move {
        let world = signed_in(kind).await;
        let (copy, phone) = (world.browser.stolen(), world.browser.another());
        phone.sign_in("anna", &[]).await.unwrap();
        assert_eq!(world.browser.fetch("/elsewhere", "").await.status, 200);
        assert_eq!(who(&world.browser).await, "anna", "{kind:?}: who asked goes on");
        (who(&copy).await, who(&phone).await) == ("nobody".to_owned(), "nobody".to_owned())
    })
    .await;
}

#[tokio::test]
async fn stepping_up() {
    promised("a copy from before a fresh proof is refused", |kind| async move {
        let world = signed_in(kind).await;
        let thief = world.browser.stolen();
        // Writing data is no way to run ahead.
        for item in 0..5 {
            thief.fetch(&format!("/cart/{item}"), "").await;
        }
        assert_eq!(world.browser.fetch("/step-up", "").await.text, "up");
        assert_eq!(who(&world.browser).await, "anna");
        who(&thief).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn rotating_the_root_key() {
    promised("a root key that rotates signs nobody out", |kind| async move {
        let folder = TempDir::new().unwrap();
        let browser = {
            let app = on_disk(kind, &folder).await;
            let browser = Client::of(router(&app), &app);
            browser.sign_in("anna", &[]).await.unwrap();
            app.shutdown().await.unwrap();
            browser.cookies()
        };
        assert_eq!(cloakroom::rotate_root_key(folder.path().join("app.db.key")).unwrap(), 2);
        let app = on_disk(kind, &folder).await;
        let browser = before(&app, &browser);
        who(&browser).await == "anna" && browser.fetch("/cart/coat", "").await.text == "coat"
    })
    .await;
}

#[tokio::test]
async fn form_tokens() {
    promised("a form token of one session is good for no other", |kind| async move {
        let world = signed_in(kind).await;
        let other = world.browser.another();
        other.sign_in("berta", &[]).await.unwrap();
        let own = world.browser.get("/form").await;
        let foreign = other.get("/form").await;
        let with = |page: &testing::Answer| format!("_csrf={}", page.csrf_token());
        assert_eq!(world.browser.post("/form", &with(&own)).await.text, "meant", "{kind:?}");
        world.browser.post("/form", &with(&foreign)).await.status == 303
    })
    .await;
}

#[tokio::test]
async fn listing() {
    promised("a user's sessions can be listed, and one of them ended", |kind| async move {
        let world = signed_in(kind).await;
        let anna = "anna".parse().unwrap();
        let sessions = world.cloakroom.sessions_of(&anna).await.unwrap();
        let Some(session) = sessions.first() else { return false };
        let by = By::system();
        world.cloakroom.engine().end(session.id, Why::RevokedByAdmin, &by).await.unwrap();
        who(&world.browser).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn limiting() {
    promised("the number of a user's sessions is limited", |kind| async move {
        let policy = SessionPolicy { sessions_at_most: 2, ..SessionPolicy::default() };
        let world = world_with(kind, policy).await;
        world.browser.sign_in("anna", &[]).await.unwrap();
        for _ in 0..2 {
            world.clock.advance(Span::minutes(1));
            world.browser.another().sign_in("anna", &[]).await.unwrap();
        }
        who(&world.browser).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn two_holders() {
    promised("two holders of one ticket are found out", |kind| async move {
        let world = signed_in(kind).await;
        let thief = world.browser.stolen();
        world.clock.advance(Span::minutes(50));
        who(&world.browser).await;
        world.clock.advance(Span::minutes(15));
        who(&world.browser).await;
        who(&world.browser).await;
        world.clock.advance(Span::seconds(31));
        assert_eq!(who(&world.browser).await, "anna");
        who(&thief).await;
        who(&world.browser).await == "nobody"
    })
    .await;
}

#[tokio::test]
async fn gaining_a_role() {
    promised("a role gained elsewhere counts at once", |kind| async move {
        let world = signed_in(kind).await;
        assert_eq!(world.browser.get("/admin").await.status, 403);
        let (anna, admin) = ("anna".parse().unwrap(), "admin".parse().unwrap());
        world.cloakroom.engine().gain_groups(&anna, &[admin], &By::system()).await.unwrap();
        world.browser.get("/admin").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn two_answers_at_once() {
    promised("two answers at once that write different names both win", |kind| async move {
        let world = signed_in(kind).await;
        // Both leave with the same cookie; the answer of the second one is the last that the browser takes.
        let second = world.browser.stolen();
        world.browser.fetch("/cart/coat", "").await;
        second.fetch("/visit", "").await;
        second.get("/cart").await.text == "coat"
    })
    .await;
}

#[tokio::test]
async fn older_data() {
    promised("older data cannot be brought back", |kind| async move {
        let world = signed_in(kind).await;
        let older = world.browser.stolen();
        world.browser.fetch("/cart/coat", "").await;
        older.get("/cart").await.text == "coat"
    })
    .await;
}

#[tokio::test]
async fn going_on_after_the_answer() {
    promised("what goes on after the answer can write", |kind| async move {
        let world = signed_in(kind).await;
        world.browser.fetch("/later", "").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn room() {
    promised("it has room for 20 KB", |kind| async move {
        let world = signed_in(kind).await;
        world.browser.fetch("/cart/coat", "").await;
        let answer = world.browser.fetch(&format!("/cart/{}", "x".repeat(20_000)), "").await;
        if answer.status != 200 {
            assert_eq!(answer.status, 413);
            assert!(answer.text.contains("urn:cloakroom:problem:data-too-large"), "{}", answer.text);
            assert_eq!(world.browser.get("/cart").await.text, "coat", "nothing was changed");
        }
        answer.status == 200
    })
    .await;
}

#[tokio::test]
async fn visitors() {
    promised("visitors take no room in the store", |kind| async move {
        let folder = TempDir::new().unwrap();
        let app = on_disk(kind, &folder).await;
        let browser = Client::of(router(&app), &app);
        browser.fetch("/cart/coat", "").await;
        assert_eq!(browser.get("/cart").await.text, "coat");
        let outsider = rusqlite::Connection::open(folder.path().join("app.db")).unwrap();
        // Whatever else they do: a forged request in each of their names, too.
        for _ in 0..20 {
            let visitor = browser.another();
            visitor.fetch("/cart/coat", "").await;
            let mut forged = visitor.request(http::Method::POST, "/form", false);
            forged.headers_mut().insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
            assert_eq!(visitor.send(forged, "").await.status, 403);
        }
        let count = |table: &str| -> u32 {
            outsider.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        assert!(count("ck_fact") == 0 && count("ck_event") <= 1, "{kind:?}: {} events", count("ck_event"));
        count("ck_session") == 0
    })
    .await;
}

#[tokio::test]
async fn outages() {
    promised("it opens while the store is down", |kind| async move {
        let folder = TempDir::new().unwrap();
        let app = on_disk(kind, &folder).await;
        let browser = Client::of(router(&app), &app);
        browser.sign_in("anna", &[]).await.unwrap();
        let outsider = rusqlite::Connection::open(folder.path().join("app.db")).unwrap();
        for table in ["ck_session", "ck_fact", "ck_event"] {
            outsider.execute_batch(&format!("ALTER TABLE {table} RENAME TO {table}_gone")).unwrap();
        }
        let answer = browser.get("/who").await;
        assert!(answer.status == 503 || answer.text == "anna", "{kind:?}: {}", answer.text);
        answer.status == 200
    })
    .await;
}
