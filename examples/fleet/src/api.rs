//! An API: it has never heard of a session, and knows within a bound whom the authority has taken back.

use crate::Ended;
use axum::routing::get;
use axum::{Extension, Router};
use cloakroom::{BearerLayer, Demand, MaxStaleness, Seen, Verifier};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Whoever gets here has a token that is good; whoever has none got 401, and whoever nobody can say anything of, 503.
async fn who(Extension(token): Extension<Arc<Seen>>) -> String {
    token.token().subject.to_string()
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
    let demand = Demand { scope: vec!["notes:read".parse()?], ..Demand::default() };
    let behind = |bears| BearerLayer::by(verifier.guard().clone(), bears, demand.clone());
    let app = Router::new()
        .route("/notes", get(who).layer(behind(MaxStaleness::standard())))
        .route("/transfer", get(who).layer(behind(MaxStaleness::sensitive())));
    Ok(axum::serve(listener, app).await?)
}
