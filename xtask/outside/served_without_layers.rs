//! A router whose handlers ask for sessions is served as it is.
//! says: error[E0277]
//! says: the trait bound `Router<Guarded<()>>

use axum::{Router, routing::get};
use cloakroom::{Guarded, Session};

async fn home(session: Session) -> String {
    format!("{:?}", session.id())
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app: Router<Guarded<()>> = Router::new().route("/", get(home));
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:0").await?, app).await
}
