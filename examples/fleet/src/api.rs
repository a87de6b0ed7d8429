//! An API: it has never heard of a session, and knows within a bound whom the authority has taken back.

use crate::Ended;
use axum::Router;
use axum::routing::get;
use cloakroom::{Asks, MaxStaleness, Otherwise, Route, Verified, Verifier};
use tokio::net::TcpListener;

/// What most routes ask of a token.
struct Reads;

impl Asks for Reads {
    const SCOPE: &'static [&'static str] = &["notes:read"];
}

/// Where money moves, two seconds are borne and not ten.
struct Transfers;

impl Asks for Transfers {
    const SCOPE: &'static [&'static str] = &["notes:read"];
    const ROUTE: Route = Route { bears: MaxStaleness::sensitive(), otherwise: Otherwise::Deny503 };
}

/// Whoever gets here has a token that is good; whoever has none got 401, and whoever nobody can say anything of, 503.
async fn who<A: Asks>(token: Verified<A>) -> String {
    token.subject.to_string()
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
    let app = Router::new().route("/notes", get(who::<Reads>)).route("/transfer", get(who::<Transfers>));
    Ok(axum::serve(listener, app.with_state(verifier.guard().clone())).await?)
}
