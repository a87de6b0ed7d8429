//! The reserved paths of an app's host: on the way to sign in, back from there, and out.

use super::AppDesk;
use crate::auth_host::{Visit, assets_router, encoded, not_found, on_to};
use crate::pages::Page;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cloakroom_crypto::digest::sha256;
use cloakroom_model::records::session::Class;
use cloakroom_model::words::text::{array_from_base64url, base64url};
use cloakroom_rules::session::close::Why;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_web::extract::{Authenticated, Guarded};
use cloakroom_web::safe_return::safe_return;
use cloakroom_web::session_error::SessionError;
use http::StatusCode;
use serde::Deserialize;

pub(super) fn router() -> Router<Guarded<AppDesk>> {
    Router::new()
        .route("/_cloakroom/start", get(start))
        .route("/_cloakroom/step-up", get(step_up))
        .route("/_cloakroom/finish", get(finish))
        .route("/_cloakroom/sign-out", get(sign_out_page).post(sign_out))
        .route("/_cloakroom/session", get(session))
        .merge(assets_router())
        .fallback(not_found)
}

#[derive(Deserialize)]
struct Begins {
    #[serde(default)]
    to: String,
}

#[derive(Deserialize)]
struct Comes {
    #[serde(default)]
    code: String,
    #[serde(default)]
    to: String,
}

/// What a browser holds from here on; one that is on its way already, in another tab, keeps what it has.
fn held(visit: &Visit) -> Result<String, SessionError> {
    let handle = visit.handle();
    if let Some(held) = handle.start_cookie().filter(|held| array_from_base64url::<32>(held).is_ok()) {
        return Ok(held.to_owned());
    }
    let mut random = [0u8; 32];
    let entropy = &handle.site().settings().entropy;
    entropy.fill(&mut random).map_err(cloakroom_authority::Denied::from)?;
    let drawn = base64url(&random);
    handle.set_start_cookie(&drawn)?;
    Ok(drawn)
}

async fn start(State(state): State<Guarded<AppDesk>>, visit: Visit, begins: Query<Begins>) -> Response {
    depart(&state, &visit, &begins, "").await
}

/// The same for who is signed in, and has to show once more who they are.
async fn step_up(State(state): State<Guarded<AppDesk>>, visit: Visit, begins: Query<Begins>) -> Response {
    depart(&state, &visit, &begins, "&fresh=1").await
}

async fn depart(state: &AppDesk, visit: &Visit, begins: &Begins, how: &str) -> Response {
    match held(visit) {
        Ok(held) => {
            let challenge = base64url(&sha256(held.as_bytes()));
            if visit.desk.loops.is_one(&challenge, visit.desk.people.now()) {
                return in_circles(state, visit, StatusCode::LOOP_DETECTED, "session").await;
            }
            let (app, to) = (encoded(state.app.origin.host().as_str()), encoded(safe_return(&begins.to)));
            on_to(&format!("{}/handoff?app={app}&challenge={challenge}{how}&to={to}", visit.desk.public_url))
        }
        Err(error) => error.into_response(),
    }
}

async fn in_circles(state: &AppDesk, visit: &Visit, status: StatusCode, cause: &'static str) -> Response {
    let app = state.app.origin.host().as_str().to_owned();
    visit.page(status, &Page::Loop { app, cause }).await
}

async fn finish(State(state): State<Guarded<AppDesk>>, visit: Visit, Query(comes): Query<Comes>) -> Response {
    let to = safe_return(&comes.to);
    // Whoever came without what it was given at the start is another browser: nothing is set there.
    let Some(held) = visit.handle().start_cookie() else {
        return match visit.session.subject() {
            Some(_) => on_to(to),
            // Or this browser keeps no cookies: going on would be a circle.
            None => in_circles(&state, &visit, StatusCode::BAD_REQUEST, "cookies").await,
        };
    };
    let people = &visit.desk.people;
    let arrival = match people.arrive(&comes.code, state.app.origin.host(), held).await {
        Ok(arrival) => arrival,
        // The code of a tab that was slower: the browser is here already.
        Err(_) if visit.session.subject().is_some() => return on_to(to),
        Err(not) => return visit.not_done(&not).await,
    };
    let class = match people.authority().session(arrival.parent).await {
        Ok(Some(parent)) if parent.class == Class::Remembered => SignedInClass::Remembered,
        Ok(_) => SignedInClass::Browser,
        Err(denied) => return visit.not_done(&denied.into()).await,
    };
    let handle = visit.handle();
    let arrived = async {
        handle.arrive(arrival.proof, class, arrival.groups, arrival.parent)?;
        handle.commit().await
    };
    match arrived.await {
        Ok(()) => on_to(to),
        Err(error) => error.into_response(),
    }
}

async fn sign_out_page(visit: Visit) -> Response {
    if visit.session.subject().is_none() {
        // Whoever is signed in where one signs in is asked there.
        return on_to(&format!("{}/logout", visit.desk.public_url));
    }
    visit.ending_at_home().ok(&Page::SignOut { to: "/_cloakroom/sign-out" }).await
}

/// Signing out of an app is signing out: of the place where one signs in, and of everything that was reached from there.
async fn sign_out(visit: Visit) -> Response {
    let parent = visit.session.record().and_then(|record| record.parent);
    let signed_out = async {
        if let Some(parent) = parent {
            let by = visit.handle().by();
            visit.desk.people.authority().end(parent, Why::SignOut, &by).await?;
        }
        visit.session.sign_out().await
    };
    match signed_out.await {
        Ok(()) => on_to(&format!("{}/login?notice=signed-out", visit.desk.public_url)),
        Err(error) => error.into_response(),
    }
}

/// Who is signed in, for the app's own script.
async fn session(who: Authenticated, visit: Visit) -> Response {
    let Some(record) = visit.session.record() else {
        return SessionError::from(cloakroom_rules::refusal::Refusal::NotSignedIn).into_response();
    };
    let groups: Vec<_> = who.groups.iter().map(ToString::to_string).collect();
    let body = serde_json::json!({
        "id": record.id.to_string(),
        "subject": who.subject.as_str(),
        "groups": groups,
        "signed_in_at": record.assurance.as_ref().map(|assurance| assurance.at.millis()),
        "ends_at_the_latest": record.absolute.millis(),
    });
    ([("content-type", "application/json")], body.to_string()).into_response()
}
