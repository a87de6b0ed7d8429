//! From here to an app: who is signed in here gets a code for there, who is not signs in first.

use super::desk::Desk;
use super::visit::{Visit, on_to};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::{Journey, NotDone};
use cloakroom_model::words::text::array_from_base64url;
use cloakroom_web::extract::Guarded;
use cloakroom_web::safe_return::safe_return;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Wanted {
    app: String,
    challenge: String,
    /// Said where the app asks for a fresh proof.
    #[serde(default)]
    fresh: String,
    #[serde(default)]
    to: String,
}

/// Text as the value of a query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char)
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

pub(super) async fn depart(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let found = visit.desk.app(&wanted.app).zip(array_from_base64url::<32>(&wanted.challenge).ok());
    // A host that is no app of ours is told so, and nobody is sent there.
    let Some((app, challenge)) = found else { return visit.not_done(&NotDone::Nobody).await };
    let Some(session) = visit.session.record().filter(|record| record.subject.is_some()) else {
        visit.desk.loops.stops(&wanted.challenge);
        return on_to(&format!("/login?return_to={}", encoded(visit.handle().path())));
    };
    if !wanted.fresh.is_empty() && !app.is_fresh(&session, visit.desk.people.now()) {
        visit.desk.loops.stops(&wanted.challenge);
        return on_to(&format!("/account/confirm?return_to={}", encoded(visit.handle().path())));
    }
    let journey = Journey { host: app.origin.host(), challenge, session: &session };
    match visit.desk.people.depart(&journey).await {
        Ok(code) => {
            let (code, to) = (code.to_text(), encoded(safe_return(&wanted.to)));
            on_to(&format!("{}/_cloakroom/finish?code={}&to={to}", app.origin, code.expose()))
        }
        Err(not) => visit.not_done(&not).await,
    }
}

/// The keys by which an app proves what it is told of who asks.
pub(super) async fn assertion_keys(State(desk): State<Guarded<Desk>>) -> Response {
    match desk.people.authority().assertion_jwks() {
        Ok(keys) => {
            let headers = [
                ("content-type", "application/json; charset=utf-8"),
                ("cache-control", "public, max-age=600"),
            ];
            (headers, keys.to_string()).into_response()
        }
        Err(denied) => cloakroom_web::refusals::of(&denied).answer(),
    }
}
