//! The API: three routes for tokens, and notes behind them.

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use cloakroom::{
    Asks, Bearer, Cloakroom, CloakroomWithExt, Guarded, NotGranted, Session, SessionError, SqliteStore,
    SubjectId, Tokens,
};
use parking_lot::Mutex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

struct Reads;

impl Asks for Reads {
    const SCOPE: &'static [&'static str] = &["notes:read"];
}

struct Writes;

impl Asks for Writes {
    const SCOPE: &'static [&'static str] = &["notes:write"];
}

/// Accounts and notes are in memory here; who is signed in is not.
#[derive(Clone)]
struct App {
    cloakroom: Cloakroom,
    hashes: Arc<Mutex<BTreeMap<String, String>>>,
    notes: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

#[derive(Deserialize)]
struct Refresh {
    refresh_token: String,
}

#[derive(Deserialize)]
struct Note {
    text: String,
}

/// The first sign-in with a name makes the account. A client that may open a browser uses the authorization code flow instead, and never
/// sees a password.
async fn sign_in(
    State(app): State<Guarded<App>>,
    session: Session,
    Form(given): Form<Credentials>,
) -> Result<Response, SessionError> {
    let Ok(subject) = given.name.parse::<SubjectId>() else {
        return Ok(StatusCode::BAD_REQUEST.into_response());
    };
    // The proof begins before the stored hash is read.
    let attempt = app.cloakroom.begin_login(&subject).await?;
    let stored = app.hashes.lock().get(&given.name).cloned();
    let stored = match stored {
        Some(stored) => stored,
        None => {
            let hash = app.cloakroom.hash_password(given.password.clone(), session.handle()).await?;
            app.hashes.lock().entry(given.name).or_insert(hash).clone()
        }
    };
    let proof =
        app.cloakroom.verify_password(attempt, Some(stored), given.password, session.handle()).await?;
    let Some(proof) = proof else { return Ok(StatusCode::UNAUTHORIZED.into_response()) };
    let granted = match app.cloakroom.grant_of(None, &["notes:read", "notes:write"]) {
        Ok(grant) => app.cloakroom.grant(&proof, &[], &grant, session.handle()).await,
        Err(not) => Err(not),
    };
    Ok(granted.into_response())
}

async fn renew(
    State(app): State<Guarded<App>>,
    session: Session,
    Form(given): Form<Refresh>,
) -> Result<impl IntoResponse, NotGranted> {
    app.cloakroom.renew(&given.refresh_token, None, session.handle()).await
}

async fn sign_out(
    State(app): State<Guarded<App>>,
    session: Session,
    Form(given): Form<Refresh>,
) -> Result<StatusCode, NotGranted> {
    app.cloakroom.revoke(&given.refresh_token, session.handle()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn list(State(app): State<Guarded<App>>, token: Bearer<Reads>) -> String {
    app.notes.lock().get(token.subject.as_str()).map(|notes| notes.join("\n")).unwrap_or_default()
}

async fn add(State(app): State<Guarded<App>>, token: Bearer<Writes>, Form(note): Form<Note>) -> StatusCode {
    app.notes.lock().entry(token.subject.to_string()).or_default().push(note.text);
    StatusCode::CREATED
}

#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#[tokio::main]
pub(crate) async fn serve(port: &str, folder: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let cloakroom = Cloakroom::builder()
        .store(SqliteStore::open(Path::new(folder).join("api.db")).await?)
        .origin(&origin)
        .tokens(Tokens::new().scope("notes:read").scope("notes:write"))
        // Programs have no page that brings a form token, and no cookies that somebody could make them send.
        .csrf_exempt("/token/sign-in", "it takes a password and sets no cookie")
        .csrf_exempt("/token/renew", "it takes a refresh token in its body and no cookie")
        .csrf_exempt("/token/revoke", "it takes a refresh token in its body and no cookie")
        .build()
        .await?;
    let app = App { cloakroom: cloakroom.clone(), hashes: Arc::default(), notes: Arc::default() };
    let router = Router::new()
        .route("/token/sign-in", post(sign_in))
        .route("/token/renew", post(renew))
        .route("/token/revoke", post(sign_out))
        .route("/notes", get(list).post(add))
        .cloakroom_with(&cloakroom, app);
    println!("The API is at {origin}");
    axum::serve(listener, router)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    cloakroom.shutdown().await?;
    Ok(())
}
