//! The authority: it signs people in, takes them back, and tells the APIs.

use crate::Ended;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use cloakroom::{
    By, Cloakroom, CloakroomWithExt, Guarded, PostgresStore, Session, SqliteStore, SubjectId, Tokens,
};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// Whom it is about. There are no passwords here: whoever runs this is everybody.
#[derive(Deserialize)]
struct Who {
    name: String,
}

async fn token(
    State(app): State<Guarded<Cloakroom>>,
    session: Session,
    Query(who): Query<Who>,
) -> Result<String, StatusCode> {
    let unavailable = |_| StatusCode::SERVICE_UNAVAILABLE;
    let subject: SubjectId = who.name.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let attempt = app.begin_login(&subject).await.map_err(unavailable)?;
    let proof = attempt.proven(Vec::new(), app.now());
    let grant = app.grant_of(None, &["notes:read"]).map_err(|_| StatusCode::BAD_REQUEST)?;
    let granted = app.grant(&proof, &[], &grant, session.handle()).await;
    let granted = granted.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(granted.access.text.expose().clone())
}

/// It is durable when this answers.
async fn end(
    State(app): State<Guarded<Cloakroom>>,
    Query(who): Query<Who>,
) -> Result<StatusCode, StatusCode> {
    let subject: SubjectId = who.name.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    app.end_all(&subject, &By::system()).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(StatusCode::NO_CONTENT)
}

/// It holds everywhere when this answers: each API knows, or lets nobody in by what it knew.
async fn everywhere(State(app): State<Guarded<Cloakroom>>) -> Result<StatusCode, StatusCode> {
    let waited = app.everywhere(Duration::from_secs(30)).await;
    waited.map(|()| StatusCode::NO_CONTENT).map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

/// Serves on two listeners, and says where and with what credential they are followed.
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
#[tokio::main]
pub(crate) async fn serve(folder: &str, public: &str, internal: &str, shared: Option<(&str, &str)>) -> Ended {
    let cloakroom = match shared {
        Some((database, sessions)) => {
            Cloakroom::builder().store(PostgresStore::open(database).await?).sessions_on(sessions)
        }
        None => Cloakroom::builder().store(SqliteStore::open(Path::new(folder).join("fleet.db")).await?),
    };
    let cloakroom = cloakroom
        .root_key_file(Path::new(folder).join("fleet.key"))
        .origin("http://localhost:3002")
        .tokens(Tokens::new().scope("notes:read"))
        .csrf_exempt("/token", "it looks at no cookie")
        .csrf_exempt("/end", "it looks at no cookie")
        .csrf_exempt("/everywhere", "it looks at no cookie")
        .build()
        .await?;
    let (public, internal) = (TcpListener::bind(public).await?, TcpListener::bind(internal).await?);
    println!("public {}", public.local_addr()?);
    println!("internal {}", internal.local_addr()?);
    println!("credential {}", cloakroom.feed_credential(&By::system()).await?.0.expose());
    let app = Router::new()
        .route("/token", post(token))
        .route("/end", post(end))
        .route("/everywhere", post(everywhere))
        .cloakroom_with(&cloakroom, cloakroom.clone());
    let feed = axum::serve(internal, cloakroom.internal());
    let (one, other) = tokio::join!(axum::serve(public, app), feed);
    Ok(one.and(other)?)
}
