//! What an app adds to its tokens.

use axum::Router;
use axum::routing::{get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    BadClaim, Bearer, Cloakroom, CloakroomExt, Denied, Extra, Granted, NotGranted, Protected, Record,
    Session, SessionError, SignedInClass, Span, Tokens, danger,
};
use http::{HeaderValue, Method};
use serde::Serialize;
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

#[derive(Serialize)]
struct Plan {
    plan: String,
}

fn plan_of(session: &Record) -> Result<Extra, BadClaim> {
    let name = session.subject.as_ref().map(|subject| subject.as_str()).unwrap_or_default();
    Extra::of(&Plan { plan: format!("gold for {name}") })
}

async fn grant(cloakroom: Cloakroom, session: Session) -> Result<Granted, NotGranted> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), cloakroom.now());
    cloakroom.grant(&proof, &[], &cloakroom.grant_of(None, &[])?, session.handle()).await
}

async fn sign_in(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await?;
    session.sign_in(attempt.proven(Vec::new(), cloakroom.now()), SignedInClass::Browser, Vec::new())?;
    Ok("welcome")
}

async fn app(tokens: Tokens) -> (Client<Protected>, Cloakroom) {
    let cloakroom = testing::builder(&ManualClock::default()).tokens(tokens).build().await.unwrap();
    let (granting, signing) = (cloakroom.clone(), cloakroom.clone());
    let app = Router::new()
        .route("/grant", post(move |session: Session| grant(granting, session)))
        .route("/sign-in", post(move |session: Session| sign_in(signing, session)))
        .route("/plan", get(|token: Bearer| async move { token.extra["plan"].to_string() }))
        .cloakroom(&cloakroom);
    (Client::of(app, &cloakroom), cloakroom)
}

async fn plan(browser: &Client<Protected>, access: &str) -> String {
    let mut request = browser.request(Method::GET, "/plan", false);
    request
        .headers_mut()
        .insert("authorization", HeaderValue::from_str(&format!("Bearer {access}")).unwrap());
    browser.another().send(request, "").await.text
}

fn access(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
    body["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn they_are_in_every_token_however_it_is_minted() {
    let (browser, _) = app(Tokens::new().claims(plan_of)).await;
    assert_eq!(plan(&browser, &access(&browser.fetch("/grant", "").await)).await, "\"gold for anna\"");
    let (browser, _) = app(Tokens::new().in_memory().claims(plan_of)).await;
    assert_eq!(browser.fetch("/sign-in", "").await.text, "welcome");
    assert_eq!(
        plan(&browser, &access(&browser.fetch("/_cloakroom/token", "").await)).await,
        "\"gold for anna\""
    );
    let (browser, _) = app(Tokens::new().in_cookies().claims(plan_of)).await;
    assert_eq!(browser.fetch("/sign-in", "").await.text, "welcome");
    assert_eq!(plan(&browser, &browser.cookies()["__Host-Http-cloakroom_access"]).await, "\"gold for anna\"");
}

/// What has no place in a token is the app's mistake, and nobody goes on with half a sign-in.
#[tokio::test]
async fn what_has_no_place_in_a_token_is_refused() {
    let bad = |claims: serde_json::Value| move |_: &Record| Extra::of(&claims);
    let no_claims =
        [json!({"db_password": "x"}), json!({"sub": "x"}), json!([1]), json!({"key": "sk_live_abc"})];
    for claims in no_claims {
        let (browser, cloakroom) = app(Tokens::new().claims(bad(claims.clone()))).await;
        let answer = browser.fetch("/grant", "").await;
        assert_eq!((answer.status, answer.text.contains("bad-claims")), (500, true), "{claims}: {answer:?}");
        assert!(!answer.text.contains("sk_live"), "and it is not repeated");
        let (memory, other) = app(Tokens::new().in_cookies().claims(bad(claims))).await;
        let answer = memory.fetch("/sign-in", "").await;
        assert_eq!((answer.status, answer.cookies().len()), (500, 0), "{answer:?}");
        for cloakroom in [cloakroom, other] {
            assert!(cloakroom.sessions_of(&"anna".parse().unwrap()).await.unwrap().is_empty());
        }
    }
}

/// Whoever knows better says why; what is ours stays ours.
#[tokio::test]
async fn danger_wants_a_reason() {
    let claims = json!({"pin": "a place on the map"});
    assert!(Extra::of(&claims).is_err() && danger::claims_with_secrets(&claims, " ").is_err());
    assert!(danger::claims_with_secrets(&claims, "a pin on a map is no PIN").is_ok());
    assert!(danger::claims_with_secrets(&json!({"exp": 1}), "because").is_err());
}

/// A mistake of the app's must not cost anybody their sign-in: what cannot be minted is not renewed, and what is tried again later is no theft.
#[tokio::test]
async fn a_token_that_cannot_be_minted_is_not_renewed() {
    let (clock, bad) = (ManualClock::default(), Arc::new(AtomicBool::new(false)));
    let is_bad = bad.clone();
    let claims = move |_: &Record| match is_bad.load(Relaxed) {
        true => Extra::of(&json!({"password": "x"})),
        false => Ok(Extra::default()),
    };
    let cloakroom = testing::builder(&clock).tokens(Tokens::new().claims(claims)).build().await.unwrap();
    let slot = Arc::new(Mutex::new(None));
    let (kept, granting) = (slot.clone(), cloakroom.clone());
    let app = Router::new()
        .route(
            "/grant",
            post(move |session: Session| {
                *kept.lock().unwrap() = Some(session.handle().clone());
                grant(granting, session)
            }),
        )
        .cloakroom(&cloakroom);
    let answer = Client::of(app, &cloakroom).fetch("/grant", "").await;
    let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let (refresh, handle) = (body["refresh_token"].as_str().unwrap(), slot.lock().unwrap().take().unwrap());
    let attempt = cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), cloakroom.now());
    bad.store(true, Relaxed);
    for _ in 0..3 {
        clock.advance(Span::minutes(1));
        let is_bad_claims = |not: NotGranted| matches!(not.0, Denied::BadClaims(_));
        assert!(is_bad_claims(cloakroom.renew(refresh, None, &handle).await.unwrap_err()));
        assert!(is_bad_claims(cloakroom.step_up(refresh, None, &proof, &handle).await.unwrap_err()));
    }
    bad.store(false, Relaxed);
    let renewed = cloakroom.renew(refresh, None, &handle).await.unwrap();
    assert!(cloakroom.step_up(renewed.refresh.expose(), None, &proof, &handle).await.is_ok());
}
