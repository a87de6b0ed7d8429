//! What people ask the trackers of tower-sessions, axum-login and their like, each as a test. Questions that other rooms
//! answer: `sign_in` (ids that are planted, passwords that change), `sessions` (cookies that are garbage, doubled, sent once),
//! `kinds::room` (data that does not fit into a cookie), the store suite (ids that are taken: tower-sessions 180, 188).

use crate::app;
use crate::kinds::{Kind, who};
use axum::Router;
use axum::extract::{Path, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use cloakroom::testing::{self, Answer, Client, ManualClock};
use cloakroom::{
    Authenticated, Cloakroom, CloakroomWithExt, CookiePolicy, FromSubject, Guarded, Handle, Key, Protected,
    Session, SessionError, SignedInClass, Span, SubjectId,
};
use core::convert::Infallible;
use http::{HeaderValue, Method};
use std::sync::Arc;
use tokio::sync::Barrier;

const STATE: Key<String> = Key::new("state");
const COUNT: Key<u32> = Key::new("count");

/// An app with a state of its own: who has an account.
#[derive(Clone)]
struct App {
    accounts: Arc<[&'static str]>,
    both_have_read: Arc<Barrier>,
    cloakroom: Cloakroom,
}

struct Account(String);

impl FromSubject<App> for Account {
    type Error = Infallible;

    async fn from_subject(subject: &SubjectId, _: &Session, app: &App) -> Result<Option<Self>, Infallible> {
        let known = app.accounts.iter().any(|name| *name == subject.as_str());
        Ok(known.then(|| Self(subject.to_string())))
    }
}

/// Reads the session, waits until another request has read it too, and only then writes.
async fn slow_set(
    State(app): State<Guarded<App>>,
    Path(name): Path<u8>,
    session: Session,
) -> Result<String, SessionError> {
    let key = [Key::<u32>::new("zero"), Key::new("one")][usize::from(name)];
    let before = session.get(key)?.unwrap_or_default();
    app.both_have_read.wait().await;
    session.set(key, &(before + 1))?;
    Ok((before + 1).to_string())
}

/// Both have read what is there before either of them writes, and may read it again.
async fn count(State(app): State<Guarded<App>>, session: Session) -> Result<(), SessionError> {
    if session.get(COUNT)?.is_some() {
        app.both_have_read.wait().await;
    }
    session.update(COUNT, |count| count.unwrap_or_default() + 1).await
}

async fn counted(session: Session) -> Result<String, SessionError> {
    Ok(session.get(COUNT)?.unwrap_or_default().to_string())
}

async fn begin(session: Session) -> Result<Redirect, SessionError> {
    session.set(STATE, &"opaque".to_owned())?;
    Ok(Redirect::to("https://accounts.example/authorize?state=opaque"))
}

async fn callback(State(app): State<Guarded<App>>, session: Session) -> Result<Response, SessionError> {
    if session.get(STATE)?.as_deref() != Some("opaque") {
        return Ok("who are you?".into_response());
    }
    let attempt = app.cloakroom.begin_login(&"anna".parse().unwrap()).await.unwrap();
    let proof = attempt.proven(Vec::new(), app.cloakroom.now());
    session.sign_in(proof, SignedInClass::Remembered, Vec::new())?;
    Ok(Redirect::to("/account").into_response())
}

async fn early(session: Session) -> Result<&'static str, SessionError> {
    session.set(STATE, &"early".to_owned())?;
    session.commit().await?;
    Ok("committed")
}

/// A layer of the app, which looks at the session by itself.
async fn looks(request: axum::extract::Request, next: Next) -> Response {
    let handle = request.extensions().get::<Handle>().cloned().unwrap();
    handle.look().await.unwrap();
    let name = handle.account().and_then(|(subject, _)| subject).map(|subject| subject.to_string());
    let mut answer = next.run(request).await;
    let name = HeaderValue::from_str(&name.unwrap_or_default()).unwrap();
    answer.headers_mut().insert("x-seen-by-layer", name);
    answer
}

async fn world(cookie: Option<CookiePolicy>) -> (Client<Protected>, ManualClock, Cloakroom) {
    let clock = ManualClock::default();
    let builder = testing::builder(&clock).csrf_exempt("/callback", "it is bound by its state");
    let builder = cookie.into_iter().fold(builder, cloakroom::Builder::cookie);
    let cloakroom = builder.build().await.unwrap();
    let accounts = ["anna"].as_slice().into();
    let app = App { accounts, both_have_read: Arc::new(Barrier::new(2)), cloakroom: cloakroom.clone() };
    let inner = Router::new()
        .route("/page", get(|_: Session| async { "nested" }))
        .fallback(any(|| async { (http::StatusCode::NOT_FOUND, "nowhere") }));
    let router = Router::new()
        .route("/set/{name}", post(slow_set))
        .route("/count", post(count))
        .route("/counted", get(counted))
        .route("/begin", get(begin))
        .route("/callback", get(callback).post(callback))
        .route("/account", get(|account: Authenticated<Account>| async move { account.0.clone() }))
        .route("/early", post(early))
        .nest("/nested", inner)
        .merge(
            Router::new()
                .route("/merged", get(|session: Session| async move { format!("{:?}", session.subject()) })),
        )
        .layer(from_fn(looks))
        .cloakroom_with(&cloakroom, app);
    (Client::of(router, &cloakroom), clock, cloakroom)
}

/// A browser that another site sends here.
async fn from_another_site(browser: &Client<Protected>, method: Method, path: &str) -> Answer {
    let mut request = browser.request(method, path, true);
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    request.headers_mut().remove("origin");
    browser.send(request, "").await
}

fn max_age(answer: &Answer) -> Option<i64> {
    let cookies = answer.cookies();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("__Host-Http-cloakroom="))?;
    cookie.split("; Max-Age=").nth(1)?.parse().ok()
}

/// tower-sessions 35 and 37, fastify-session 237: both have read the session before either of them writes.
#[tokio::test(flavor = "multi_thread")]
async fn two_requests_that_read_before_either_writes_lose_nothing() {
    let (browser, _, _) = world(None).await;
    browser.sign_in("anna", &[]).await.unwrap();
    for round in 1..=200 {
        let (one, other) = tokio::join!(browser.fetch("/set/0", ""), browser.fetch("/set/1", ""));
        assert_eq!((one.text, other.text), (round.to_string(), round.to_string()));
    }
}

/// The same name, changed by both from what was there: the last one would win, so the app asks for more.
#[tokio::test(flavor = "multi_thread")]
async fn two_requests_that_count_at_once_are_both_counted() {
    let (browser, _, _) = world(None).await;
    browser.fetch("/count", "").await;
    for round in 1..=200 {
        let (one, other) = tokio::join!(browser.fetch("/count", ""), browser.fetch("/count", ""));
        assert_eq!((one.status, other.status), (200, 200));
        assert_eq!(browser.get("/counted").await.text, (2 * round + 1).to_string());
    }
}

/// tower-sessions 74: is reading activity?
#[tokio::test]
async fn reading_a_session_keeps_it_alive() {
    let world = app::world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    for _ in 0..7 {
        world.clock.advance(Span::minutes(59));
        assert_eq!(who(&world.browser).await, "anna");
    }
}

/// tower-sessions 147: a session that ends with the browser has a cookie that does.
#[tokio::test]
async fn a_cookie_until_the_browser_closes_has_no_max_age() {
    let policy = CookiePolicy::host_http().until_browser_closes();
    let (browser, _, _) = world(Some(policy)).await;
    let answer = browser.fetch("/early", "").await;
    assert!(!answer.cookies().is_empty());
    assert!(answer.cookies().iter().all(|cookie| !cookie.contains("Max-Age")), "{:?}", answer.cookies());
}

/// tower-sessions 174 and 178: does the cookie know when the session ends?
#[tokio::test]
async fn max_age_counts_to_the_end_of_the_session_whenever_the_cookie_is_set() {
    let (browser, clock, _) = world(None).await;
    browser.get("/begin").await;
    let days = |days: i64| Some(days * 24 * 3_600);
    assert_eq!(max_age(&from_another_site(&browser, Method::GET, "/callback").await), days(30));
    clock.advance(Span::days(10));
    assert_eq!(max_age(&browser.get("/account").await), days(20), "a new ticket, the same end");
}

/// tower-sessions 195: saved in the store, and the browser never hears of it.
#[tokio::test]
async fn an_early_commit_sends_its_cookie() {
    let (browser, _, _) = world(None).await;
    let answer = browser.fetch("/early", "").await;
    assert_eq!((answer.text.as_str(), answer.cookies().len()), ("committed", 1));
}

/// tower-sessions 152, axum-login 177: the cookie of a shared domain is taken away there.
#[tokio::test]
async fn signing_out_under_a_shared_domain_clears_the_cookie_of_that_domain() {
    let builder = testing::builder(&ManualClock::default()).origin("https://app.example.com");
    let cloakroom = builder.shared_domain("example.com").build().await.unwrap();
    let browser = Client::of(app::router(&cloakroom), &cloakroom);
    browser.sign_in("anna", &[]).await.unwrap();
    let answer = browser.fetch("/sign-out", "").await;
    assert!(!answer.cookies().is_empty());
    for cookie in answer.cookies() {
        assert!(cookie.contains("; Domain=example.com; Max-Age=0"), "{cookie}");
    }
    assert!(browser.cookies().is_empty());
}

/// tower-sessions 134, axum-login 206: a handler that did nothing else with the session before, and everything in it.
#[tokio::test]
async fn signing_out_ends_a_session_nobody_looked_at_and_all_that_was_in_it() {
    for kind in [Kind::Stored, Kind::Sealed] {
        let world = crate::kinds::signed_in(kind).await;
        world.browser.fetch("/cart/coat", "").await;
        let copy = world.browser.stolen();
        assert_eq!(world.browser.fetch("/sign-out", "").await.text, "bye");
        assert_eq!(who(&copy).await, "nobody", "{kind:?}");
        assert_eq!(world.browser.fetch("/cart/hat", "").await.text, "hat", "a visitor begins anew");
    }
}

/// axum-login 53: signed in, and the next request knows nothing of it.
#[tokio::test]
async fn the_request_after_a_sign_in_finds_the_session_and_opens_no_other() {
    let (browser, _, cloakroom) = world(None).await;
    browser.get("/begin").await;
    from_another_site(&browser, Method::GET, "/callback").await;
    for _ in 0..20 {
        let answer = browser.get("/account").await;
        assert_eq!((answer.text.as_str(), answer.cookies().len()), ("anna", 0));
    }
    assert_eq!(cloakroom.sessions_of(&"anna".parse().unwrap()).await.unwrap().len(), 1);
}

/// axum-login 4, omniauth 1149: another site sends the browser back, and the session that began there is gone. It is there:
/// the cookie is `Lax`, and a page somebody is sent to is no forged request. (What browsers send is tried in browsers.)
#[tokio::test]
async fn coming_back_from_the_sign_in_of_another_site_finds_what_was_left() {
    let (browser, _, _) = world(None).await;
    let begun = browser.get("/begin").await;
    assert!(begun.cookies().iter().all(|cookie| cookie.contains("; SameSite=Lax")), "{:?}", begun.cookies());
    let back = from_another_site(&browser, Method::GET, "/callback").await;
    assert_eq!((back.status, back.header("location")), (303, "/account"));
    assert_eq!(browser.get("/account").await.text, "anna");
    // Whoever comes with a cookie that stayed at home, as a strict one does.
    let lost = from_another_site(&browser.another(), Method::GET, "/callback").await;
    assert_eq!((lost.text.as_str(), lost.cookies().len()), ("who are you?", 0));
}

/// ash_authentication 669: some send the browser back by POST. The route says why that is no hole; nothing else lets it in.
#[tokio::test]
async fn coming_back_by_post_needs_a_reason_on_the_route() {
    let (browser, _, _) = world(None).await;
    browser.get("/begin").await;
    assert_eq!(from_another_site(&browser, Method::POST, "/early").await.status, 303, "refused");
    let back = from_another_site(&browser, Method::POST, "/callback").await;
    assert_eq!((back.status, back.header("location")), (303, "/account"));
}

/// axum-login 140 and 191: which layer comes first?
#[tokio::test]
async fn layers_of_the_app_see_the_session_in_nested_and_merged_routers_too() {
    let (browser, _, _) = world(None).await;
    browser.sign_in("anna", &[]).await.unwrap();
    for (path, status) in
        [("/account", 200), ("/nested/page", 200), ("/nested/elsewhere", 404), ("/merged", 200)]
    {
        let answer = browser.get(path).await;
        assert_eq!((answer.status, answer.header("x-seen-by-layer")), (status, "anna"), "{path}");
        assert!(!answer.header("content-security-policy").is_empty(), "{path}");
    }
}

/// The user is gone, the session is not.
#[tokio::test]
async fn a_session_of_somebody_whose_account_is_gone_opens_nothing() {
    let (browser, _, _) = world(None).await;
    browser.sign_in("mallory", &[]).await.unwrap();
    let answer = browser.get("/account").await;
    assert_eq!((answer.status, answer.header("location")), (303, "/sign-in?return_to=/account"));
}

/// Ours is one of many cookies, and some of the others are enormous.
#[tokio::test]
async fn huge_cookies_of_others_are_in_nobodys_way() {
    let world = app::world().await;
    world.browser.sign_in("anna", &[]).await.unwrap();
    let own = world.browser.cookies()["__Host-Http-cloakroom"].clone();
    let many = (0..2_000).map(|number| format!("tracker{number}=\"a;b\"; ")).collect::<String>();
    let large = format!("big={}; ", "x".repeat(64_000));
    for (others, name) in [(many, "anna"), (large, "anna")] {
        let mut request = world.browser.request(Method::GET, "/who", true);
        let header = format!("{others}__Host-Http-cloakroom={own}; z=1");
        request.headers_mut().insert("cookie", header.parse().unwrap());
        assert_eq!(world.browser.another().send(request, "").await.text, name);
    }
    let visitor = world.browser.another();
    visitor.set_cookie("__Host-Http-cloakroom", &"x".repeat(64_000));
    assert_eq!(who(&visitor).await, "nobody");
    assert_eq!(visitor.fetch("/cart/coat", "").await.status, 401);
}
