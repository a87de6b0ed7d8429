//! A small app with a handler for everything.

use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get, post};
use cloakroom::testing::{self, Client, ManualClock};
use cloakroom::{
    Authenticated, Change, Cloakroom, CloakroomExt, CspNonce, CsrfToken, CsrfVerified, Flash, Fresh, Key,
    Protected, Requires, Role, Session, SessionError, SignedInClass, SubjectId,
};

pub(crate) const CART: Key<Vec<String>> = Key::new("cart");
pub(crate) const VISITS: Key<u32> = Key::new("visits");

#[derive(Debug)]
pub(crate) struct Admin;

impl Role for Admin {
    const GROUP: &'static str = "admin";
}

async fn cart(session: Session) -> Result<String, SessionError> {
    Ok(session.get(CART)?.unwrap_or_default().join(","))
}

async fn add(Path(item): Path<String>, session: Session) -> Result<String, SessionError> {
    let mut cart = session.get(CART)?.unwrap_or_default();
    cart.push(item);
    session.set(CART, &cart)?;
    Ok(cart.join(","))
}

async fn visit(session: Session) -> Result<StatusCode, SessionError> {
    session.set(VISITS, &1)?;
    Ok(StatusCode::OK)
}

async fn who(user: Option<Authenticated>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.subject.to_string())
}

async fn form(csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    Html(format!(
        "<form method=post><input type=hidden name=_csrf value=\"{csrf}\"></form><script nonce=\"{nonce}\"></script>"
    ))
}

async fn sign_in(
    cloakroom: Cloakroom,
    session: Session,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, SessionError> {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let subject: SubjectId = field("user").unwrap_or_default().parse().unwrap();
    let attempt = cloakroom.begin_login(&subject).await.unwrap();
    let stored = cloakroom.hash_password("correct horse".to_owned(), session.handle()).await.unwrap();
    let stored = match subject.as_str() {
        "anna" => Some(stored),
        "locked" => Some("!".to_owned()),
        _ => None,
    };
    let password = field("password").unwrap_or_default();
    match cloakroom.verify_password(attempt, stored, password, session.handle()).await.unwrap() {
        None => Ok(StatusCode::UNAUTHORIZED.into_response()),
        Some(proof) => {
            session.set(VISITS, &0)?;
            session.sign_in(proof, SignedInClass::Browser, Vec::new())?;
            Ok("welcome".into_response())
        }
    }
}

async fn step_up(cloakroom: Cloakroom, session: Session) -> Result<&'static str, SessionError> {
    let subject = session.subject().unwrap();
    let attempt = cloakroom.begin_login(&subject).await.unwrap();
    session.step_up(attempt.proven(Vec::new(), cloakroom.site().settings().clock.now()))?;
    Ok("up")
}

async fn fail(session: Session) -> Result<StatusCode, SessionError> {
    session.set(VISITS, &99)?;
    Ok(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn committed_and_failed(session: Session) -> Result<StatusCode, SessionError> {
    session.set(VISITS, &7)?;
    session.commit().await?;
    session.set(VISITS, &8)?;
    Ok(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What a stream does that goes on after the answer.
async fn later(session: Session) -> Result<StatusCode, SessionError> {
    let mut change = Change::default();
    change.set("visits", &5)?;
    match session.detach() {
        Some(detached) => detached.patch(&change).await.map(|()| StatusCode::OK),
        None => Ok(StatusCode::UNAUTHORIZED),
    }
}

async fn flashes(session: Session) -> Result<String, SessionError> {
    Ok(session.take_flashes()?.into_iter().map(|Flash(text)| text).collect::<Vec<_>>().join("|"))
}

pub(crate) fn router(cloakroom: &Cloakroom) -> Protected {
    let (for_sign_in, for_step_up) = (cloakroom.clone(), cloakroom.clone());
    Router::new()
        .route("/", get(|| async { "plain" }))
        .route("/cart", get(cart))
        .route("/cart/{item}", post(add))
        .route("/visit", post(visit))
        .route("/who", get(who))
        .route("/form", get(form).post(|_: CsrfVerified| async { "meant" }))
        .route("/sign-in", get(form).post(move |session, form| sign_in(for_sign_in, session, form)))
        .route("/sign-out", post(|session: Session| async move { session.sign_out().await.map(|()| "bye") }))
        .route(
            "/elsewhere",
            post(|session: Session| async move {
                session.sign_out_elsewhere().await.map(|ended| ended.to_string())
            }),
        )
        .route("/step-up", post(move |session| step_up(for_step_up, session)))
        .route("/notes", get(|user: Authenticated| async move { user.subject.to_string() }))
        .route(
            "/transfer",
            get(
                |user: Authenticated<cloakroom::Account, Fresh<600>>| async move { user.subject.to_string() },
            ),
        )
        .route("/admin", get(|user: Requires<Admin>| async move { user.subject.to_string() }))
        .route("/fail", post(fail))
        .route("/committed-and-failed", post(committed_and_failed))
        .route(
            "/flash/{text}",
            post(|Path(text): Path<String>, session: Session| async move { session.flash(text) }),
        )
        .route("/flashes", get(flashes))
        .route("/later", post(later))
        .route("/meant", any(|_: CsrfVerified| async { "meant" }))
        .route("/hook/{id}", post(|| async { "hooked" }))
        .cloakroom(cloakroom)
}

pub(crate) struct World {
    pub(crate) cloakroom: Cloakroom,
    pub(crate) clock: ManualClock,
    pub(crate) browser: Client<Protected>,
}

pub(crate) async fn world() -> World {
    let clock = ManualClock::default();
    let cloakroom = testing::cloakroom(&clock).await.unwrap();
    let browser = Client::of(router(&cloakroom), &cloakroom);
    World { cloakroom, clock, browser }
}
