//! Pages with a token in memory: `POST /_cloakroom/token` gives it, by a cookie that script cannot read.

use axum::Router;
use axum::routing::{get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    Bearer, Cloakroom, CloakroomExt, Protected, Session, SessionError, SignedInClass, Span, Tokens,
};
use http::{HeaderValue, Method};

const REFRESH: &str = "__Host-Http-cloakroom_refresh";

struct World {
    clock: ManualClock,
    browser: Client<Protected>,
}

async fn sign_in(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await?;
    session.sign_in(attempt.proven(Vec::new(), cloakroom.now()), SignedInClass::Browser, Vec::new())?;
    Ok("welcome")
}

async fn step_up(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await?;
    session.step_up(attempt.proven(Vec::new(), cloakroom.now()))?;
    Ok("up")
}

async fn world() -> World {
    let clock = ManualClock::default();
    let tokens = Tokens::new().in_memory().scope("notes:read");
    let cloakroom = testing::builder(&clock).tokens(tokens).build().await.unwrap();
    let (one, two) = (cloakroom.clone(), cloakroom.clone());
    let app = Router::new()
        .route("/sign-in", post(move |session| sign_in(one, session)))
        .route("/step-up", post(move |session| step_up(two, session)))
        .route("/me", get(|token: Bearer| async move { token.subject.to_string() }))
        .cloakroom(&cloakroom);
    let browser = Client::of(app, &cloakroom);
    World { clock, browser }
}

async fn signed_in() -> World {
    let world = world().await;
    let answer = world.browser.fetch("/sign-in", "").await;
    assert_eq!(answer.text, "welcome");
    assert_eq!(world.browser.cookies().keys().collect::<Vec<_>>(), [REFRESH]);
    world
}

async fn token(browser: &Client<Protected>) -> Answer {
    browser.fetch("/_cloakroom/token", "").await
}

fn access(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
    assert!(body.get("refresh_token").is_none(), "script never sees it");
    body["access_token"].as_str().unwrap().to_owned()
}

async fn me(world: &World, access: &str) -> (u16, String) {
    let mut request = world.browser.request(Method::GET, "/me", false);
    request
        .headers_mut()
        .insert("authorization", HeaderValue::from_str(&format!("Bearer {access}")).unwrap());
    let answer = world.browser.another().send(request, "").await;
    (answer.status, answer.text)
}

#[tokio::test]
async fn a_page_gets_a_token_and_gets_it_again_after_a_reload() {
    let world = signed_in().await;
    for _ in 0..5 {
        let answer = token(&world.browser).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        assert_eq!(me(&world, &access(&answer)).await, (200, "anna".to_owned()));
        assert_eq!(answer.cookies().len(), 1);
        assert!(answer.cookies()[0].contains("HttpOnly; SameSite=Strict"));
        world.clock.advance(Span::minutes(3));
    }
}

#[tokio::test]
async fn eight_tabs_at_once_and_a_lost_answer() {
    let world = signed_in().await;
    let copy = world.browser.stolen();
    let mut tabs = Vec::new();
    for _ in 0..8 {
        tabs.push(token(&world.browser.stolen()).await);
    }
    assert!(tabs.iter().all(|answer| answer.status == 200));
    let cookies: std::collections::BTreeSet<_> =
        tabs.iter().map(|answer| answer.cookies()[0].to_owned()).collect();
    assert_eq!(cookies.len(), 1, "one refresh token for all of them");
    world.clock.advance(Span::seconds(9));
    assert_eq!(token(&copy).await.status, 200, "its answer was lost");
}

#[tokio::test]
async fn only_script_of_this_origin_is_answered() {
    let world = signed_in().await;
    let told = world.browser.cookies();
    for path in ["/_cloakroom/token", "/_cloakroom/sign-out"] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-mode", "navigate"),
        ] {
            let mut request = world.browser.request(Method::POST, path, false);
            request.headers_mut().insert(name, HeaderValue::from_static(value));
            let answer = world.browser.send(request, "").await;
            assert_eq!((answer.status, answer.cookies().len()), (403, 0), "{path}, {name}: {value}");
        }
        let mut silent = world.browser.request(Method::POST, path, false);
        for name in ["sec-fetch-site", "sec-fetch-mode", "origin"] {
            silent.headers_mut().remove(name);
        }
        let answer = world.browser.send(silent, "").await;
        assert_eq!(answer.status, 403, "{path}: whoever says nothing is no script of ours");
        assert_eq!(world.browser.get(path).await.status, 404);
    }
    assert_eq!(world.browser.cookies(), told, "nothing was renewed by any of it");
}

#[tokio::test]
async fn without_a_good_cookie_there_is_no_token_and_the_page_is_told_to_sign_in() {
    let world = signed_in().await;
    let nobody = world.browser.another();
    let answer = token(&nobody).await;
    assert_eq!((answer.status, answer.text.contains("\"invalid_grant\"")), (400, true));
    nobody.set_cookie(REFRESH, "ckr_nonsense");
    assert_eq!(token(&nobody).await.status, 400);
    let mut twice = world.browser.request(Method::POST, "/_cloakroom/token", false);
    let value = format!("{REFRESH}=a; {REFRESH}=b");
    twice.headers_mut().insert("cookie", HeaderValue::from_str(&value).unwrap());
    assert_eq!(world.browser.another().send(twice, "").await.status, 400);
}

#[tokio::test]
async fn who_guesses_is_held_up() {
    let world = signed_in().await;
    let guesser = world.browser.another();
    let from = |browser: &Client<Protected>, network: u8| {
        let mut request = browser.request(Method::POST, "/_cloakroom/token", false);
        let address = core::net::IpAddr::from([192, 0, network, 1]);
        request.extensions_mut().insert(cloakroom::PeerAddress(address));
        let browser = browser.clone();
        async move { browser.send(request, "").await.status }
    };
    for guess in 0..60 {
        guesser.set_cookie(REFRESH, "ckr_nonsense");
        assert_eq!(from(&guesser, 2).await, 400, "guess {guess}");
    }
    guesser.set_cookie(REFRESH, "ckr_nonsense");
    assert_eq!(from(&guesser, 2).await, 429);
    assert_eq!(from(&guesser, 3).await, 400, "another network");
    world.clock.advance(Span::minutes(1));
    assert_eq!(from(&world.browser, 2).await, 200);
}

#[tokio::test]
async fn signing_out_reaches_the_token_in_memory() {
    let world = signed_in().await;
    let access = access(&token(&world.browser).await);
    let answer = world.browser.fetch("/_cloakroom/sign-out", "").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(world.browser.cookies().is_empty());
    assert_eq!(me(&world, &access).await.0, 401);
    assert_eq!(token(&world.browser).await.status, 400);
}

#[tokio::test]
async fn a_thief_is_found_out() {
    let world = signed_in().await;
    let thief = world.browser.stolen();
    let stolen = access(&token(&thief).await);
    world.clock.advance(Span::minutes(1));
    assert_eq!(token(&world.browser).await.status, 400);
    assert_eq!(token(&thief).await.status, 400);
    assert_eq!(me(&world, &stolen).await.0, 401);
}

#[tokio::test]
async fn stepping_up_replaces_the_cookie_and_the_older_token_is_asked_to_renew() {
    let world = signed_in().await;
    let older = access(&token(&world.browser).await);
    let thief = world.browser.stolen();
    let up = world.browser.fetch("/step-up", "").await;
    assert_eq!((up.status, up.cookies().len()), (200, 1), "{up:?}");
    assert_eq!(me(&world, &older).await.0, 401);
    assert_eq!(token(&thief).await.status, 409, "overtaken, not stolen");
    let newer = access(&token(&world.browser).await);
    assert_eq!(me(&world, &newer).await.0, 200);
}
