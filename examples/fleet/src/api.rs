//! An API: it has never heard of a session, and knows within a bound whom the authority has taken back.

use crate::Ended;
use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cloakroom::{Checked, MaxStaleness, Verdict, Verifier};
use tokio::net::TcpListener;

fn answer(verifier: &Verifier, headers: &HeaderMap, bears: MaxStaleness) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match verifier.check_within(token.unwrap_or_default(), bears) {
        Checked::Known(Verdict::Valid(seen)) => seen.token().subject.to_string().into_response(),
        Checked::Known(_) => {
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")]).into_response()
        }
        // Nobody is signed out by this.
        Checked::Unknown(_) => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]).into_response(),
    }
}

async fn notes(State(verifier): State<Verifier>, headers: HeaderMap) -> Response {
    answer(&verifier, &headers, MaxStaleness::standard())
}

async fn transfer(State(verifier): State<Verifier>, headers: HeaderMap) -> Response {
    answer(&verifier, &headers, MaxStaleness::sensitive())
}

/// Follows the authority, and serves on a port that the system picks.
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#[tokio::main]
pub(crate) async fn serve(authority: &str) -> Ended {
    let verifier = Verifier::builder("http://localhost:3002", "http://localhost:3002")
        .authority(authority)
        .credential(&std::env::var("FEED_CREDENTIAL").unwrap_or_default())
        .start()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("public {}", listener.local_addr()?);
    let app =
        Router::new().route("/notes", get(notes)).route("/transfer", get(transfer)).with_state(verifier);
    Ok(axum::serve(listener, app).await?)
}
