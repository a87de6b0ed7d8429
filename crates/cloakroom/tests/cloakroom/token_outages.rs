//! A store outage behind tokens: 503 where the store must be asked, no cookie touched, and nobody signed out.

use axum::Router;
use axum::extract::Form;
use axum::routing::{get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    Authenticated, Cloakroom, CloakroomExt, Granted, NotGranted, Protected, Session, Span, Tokens,
};
use http::{HeaderValue, Method};
use rusqlite::Connection;
use tempfile::TempDir;

struct World {
    browser: Client<Protected>,
    clock: ManualClock,
    outsider: Connection,
    _folder: TempDir,
}

async fn grant(cloakroom: Cloakroom, session: Session) -> Result<Granted, NotGranted> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), cloakroom.now());
    cloakroom.grant(&proof, &[], &cloakroom.grant_of(None, &[])?, session.handle()).await
}

async fn renew(
    cloakroom: Cloakroom,
    session: Session,
    fields: Vec<(String, String)>,
) -> Result<Granted, NotGranted> {
    let refresh = fields.first().map(|(_, refresh)| refresh.clone()).unwrap_or_default();
    cloakroom.renew(&refresh, None, session.handle()).await
}

async fn world(tokens: Tokens) -> World {
    let (folder, clock) = (TempDir::new().unwrap(), ManualClock::default());
    let database = folder.path().join("app.db");
    let store = cloakroom_store_sqlite::Options::at(&database)
        .clock(std::sync::Arc::new(clock.clone()))
        .open()
        .unwrap();
    let cloakroom = testing::builder(&clock).store(store).tokens(tokens).build().await.unwrap();
    let (granting, renewing) = (cloakroom.clone(), cloakroom.clone());
    let app = Router::new()
        .route(
            "/who",
            get(|user: Option<Authenticated>| async move {
                user.map_or_else(|| "nobody".to_owned(), |user| user.subject.to_string())
            }),
        )
        .route("/notes", get(|user: Authenticated| async move { user.subject.to_string() }))
        .route("/out", post(|session: Session| async move { session.sign_out().await.map(|()| "bye") }))
        .route("/grant", post(move |session: Session| grant(granting, session)))
        .route(
            "/renew",
            post(move |session: Session, Form(fields): Form<Vec<(String, String)>>| {
                renew(renewing, session, fields)
            }),
        )
        .cloakroom(&cloakroom);
    let browser = Client::of(app, &cloakroom);
    World { browser, clock, outsider: Connection::open(&database).unwrap(), _folder: folder }
}

impl World {
    fn goes_down(&self) {
        self.outsider.execute_batch("ALTER TABLE ck_family RENAME TO gone").unwrap();
    }

    fn comes_back(&self) {
        self.outsider.execute_batch("ALTER TABLE gone RENAME TO ck_family").unwrap();
    }
}

fn is_an_outage(answer: &Answer) {
    assert_eq!((answer.status, answer.cookies().len()), (503, 0), "{answer:?}");
    assert!(
        answer.text.contains("store-unavailable") && !answer.text.contains("invalid_grant"),
        "{}",
        answer.text
    );
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn tokens_in_cookies() {
    let world = world(Tokens::new().in_cookies()).await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let jar = world.browser.cookies();
    world.goes_down();
    assert_eq!(world.browser.get("/notes").await.text, "anna", "a token needs no store");
    world.clock.advance(Span::minutes(10));
    for path in ["/who", "/notes"] {
        is_an_outage(&world.browser.get(path).await);
    }
    is_an_outage(&world.browser.fetch("/out", "").await);
    assert_eq!(world.browser.cookies(), jar);
    world.comes_back();
    assert_eq!(world.browser.get("/notes").await.text, "anna", "nobody was signed out");
}

#[tokio::test]
async fn tokens_in_memory() {
    let world = world(Tokens::new().in_memory()).await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let jar = world.browser.cookies();
    world.goes_down();
    for path in ["/_cloakroom/token", "/_cloakroom/sign-out"] {
        is_an_outage(&world.browser.fetch(path, "").await);
    }
    assert_eq!(world.browser.cookies(), jar);
    world.comes_back();
    assert_eq!(world.browser.fetch("/_cloakroom/token", "").await.status, 200, "nobody was signed out");
}

#[tokio::test]
async fn tokens_of_a_program() {
    let world = world(Tokens::new()).await;
    let granted = world.browser.fetch("/grant", "").await;
    let body: serde_json::Value = serde_json::from_str(&granted.text).unwrap();
    let form = format!("refresh_token={}", body["refresh_token"].as_str().unwrap());
    let renew = || {
        let mut request = world.browser.request(Method::POST, "/renew", false);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert("content-type", kind);
        world.browser.send(request, &form)
    };
    world.goes_down();
    is_an_outage(&renew().await);
    is_an_outage(&world.browser.fetch("/grant", "").await);
    world.comes_back();
    assert_eq!(renew().await.status, 200, "nobody was signed out");
}
