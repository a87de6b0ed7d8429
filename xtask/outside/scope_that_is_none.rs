//! A route that asks for a scope which no token can have: found out by the compiler, and not by whoever is refused for ever.
//!
//! says: a scope is a word
//! says: Bearer<Reads>

use axum::{Router, routing::get};
use cloakroom::{Asks, Bearer, Cloakroom, CloakroomExt, MemoryStore};

struct Reads;

impl Asks for Reads {
    const SCOPE: &'static [&'static str] = &["notes read"];
}

async fn notes(token: Bearer<Reads>) -> String {
    token.subject.to_string()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cloakroom = Cloakroom::builder().store(MemoryStore::default()).origin("http://localhost:3000").build().await?;
    let app = Router::new().route("/notes", get(notes)).cloakroom(&cloakroom);
    Ok(axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?)
}
