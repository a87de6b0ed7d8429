//! Signing in and out, and what belongs to it.

use super::money::{Confirmed, RECOVERING};
use super::pages::{form, page};
use super::routes::{Answer, App, Shared};
use crate::switch::Switch;
use axum::Json;
use axum::extract::{Form, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use cloakroom::pages;
use cloakroom::{
    Authenticated, CspNonce, CsrfToken, Session, SessionError, SignedInClass, SubjectId, safe_return,
};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Back {
    return_to: Option<String>,
}

impl Back {
    fn to(self, app: &App) -> String {
        let asked = self.return_to.unwrap_or_else(|| "/".to_owned());
        if app.is_off(Switch::SafeReturn) { asked } else { safe_return(&asked).to_owned() }
    }
}

#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

pub(crate) async fn sign_in_page(
    app: Shared,
    Query(back): Query<Back>,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Html<String> {
    let action = format!("/sign-in?return_to={}", back.to(&app.0));
    page("Sign in", &nonce, &form("sign-in", &action, &csrf, &[("name", ""), ("password", "")], "Sign in"))
}

async fn prove(app: &App, session: &Session, given: Credentials) -> Answer<bool> {
    let Ok(name) = given.name.parse::<SubjectId>() else { return Ok(false) };
    // The proof begins before the stored hash is read.
    let attempt = app.cloakroom.begin_login(&name).await?;
    let stored = app.accounts.of(&given.name).map(|account| account.hash);
    let proof = app.cloakroom.verify_password(attempt, stored, given.password, session.handle()).await?;
    let Some(proof) = proof else { return Ok(false) };
    let groups = if name.as_str() == "boss" { "admin" } else { "staff" };
    session.sign_in(proof, SignedInClass::Browser, groups.parse().into_iter().collect())?;
    Ok(true)
}

pub(crate) async fn sign_in(
    app: Shared,
    session: Session,
    Query(back): Query<Back>,
    Form(given): Form<Credentials>,
) -> Answer<Redirect> {
    match prove(&app.0, &session, given).await? {
        true => Ok(Redirect::to(&back.to(&app.0))),
        false => Ok(Redirect::to("/sign-in?wrong")),
    }
}

/// The same for script.
pub(crate) async fn api_sign_in(
    app: Shared,
    session: Session,
    Json(given): Json<Credentials>,
) -> Answer<Response> {
    let status = if prove(&app.0, &session, given).await? { StatusCode::OK } else { StatusCode::FORBIDDEN };
    Ok((status, "{}").into_response())
}

/// For tokens in memory: whoever holds the refresh cookie is anna here.
pub(crate) async fn api_step_up(app: Shared, session: Session) -> Answer<StatusCode> {
    let Ok(anna) = "anna".parse() else { return Ok(StatusCode::FORBIDDEN) };
    let attempt = app.0.cloakroom.begin_login(&anna).await?;
    session.step_up(attempt.proven(Vec::new(), app.0.cloakroom.now()))?;
    Ok(StatusCode::OK)
}

pub(crate) async fn sign_out(session: Session) -> Answer<Redirect> {
    session.sign_out().await?;
    Ok(Redirect::to("/sign-in"))
}

pub(crate) async fn devices(
    app: Shared,
    user: Authenticated,
    session: Session,
    csrf: CsrfToken,
    nonce: CspNonce,
) -> Answer<Html<String>> {
    let cloakroom = &app.0.cloakroom;
    let sessions = cloakroom.sessions_of(&user.subject).await.map_err(SessionError::from)?;
    let alarms = cloakroom.alarms_of(&user.subject).await.map_err(SessionError::from)?;
    let list = pages::devices(&sessions, session.id(), cloakroom.now(), "/devices", &csrf);
    let body = format!("<div id=alarms>{}</div>{list}", pages::alarms(&alarms, cloakroom.now()));
    Ok(page("Your devices", &nonce, &body))
}

pub(crate) async fn end_others(_: Authenticated, session: Session) -> Answer<Redirect> {
    session.sign_out_elsewhere().await?;
    Ok(Redirect::to("/"))
}

pub(crate) async fn confirm_page(_: Authenticated, csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    page("Is it you?", &nonce, &form("confirm", "/confirm", &csrf, &[("password", "")], "It is me"))
}

#[derive(Deserialize)]
pub(crate) struct Password {
    password: String,
}

pub(crate) async fn confirm(
    app: Shared,
    user: Authenticated,
    session: Session,
    Form(given): Form<Password>,
) -> Answer<Redirect> {
    let attempt = app.0.cloakroom.begin_login(&user.subject).await?;
    let stored = app.0.accounts.of(user.subject.as_str()).map(|account| account.hash);
    if let Some(proof) =
        app.0.cloakroom.verify_password(attempt, stored, given.password, session.handle()).await?
    {
        session.step_up(proof)?;
    }
    Ok(Redirect::to("/payee"))
}

pub(crate) async fn password_page(_: Confirmed, csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    page("A new password", &nonce, &form("password", "/password", &csrf, &[("password", "")], "Change it"))
}

pub(crate) async fn password(
    app: Shared,
    user: Confirmed,
    session: Session,
    Form(given): Form<Password>,
) -> Answer<Redirect> {
    let hash = app.0.cloakroom.hash_password(given.password, session.handle()).await?;
    app.0.accounts.change(user.subject.as_str(), |account| account.hash = hash);
    session.credential_changed().await?;
    Ok(Redirect::to("/"))
}

#[derive(Deserialize)]
pub(crate) struct Named {
    name: String,
}

pub(crate) async fn forgot_page(csrf: CsrfToken, nonce: CspNonce) -> Html<String> {
    page("Forgotten?", &nonce, &form("forgot", "/forgot", &csrf, &[("name", "")], "Send me a link"))
}

/// Sends a link, and remembers for whom: that is no proof of anything. Many an app makes the link of the name it was asked under.
pub(crate) async fn forgot(
    app: Shared,
    session: Session,
    headers: HeaderMap,
    Form(named): Form<Named>,
) -> Answer<Redirect> {
    session.set(RECOVERING, &named.name)?;
    let host = headers.get("x-asked-under").or_else(|| headers.get("host"));
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    app.0.accounts.mail.lock().push(format!("To {}: https://{host}/recover?code=8Zq4", named.name));
    Ok(Redirect::to("/"))
}
