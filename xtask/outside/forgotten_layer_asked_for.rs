//! The same, asked for as `#[axum::debug_handler]` asks, which axum's message advises.
//! says: this router has no Cloakroom layers
//! says: the handler asks for a session, and nothing would give it one
//! says: finish the router with `.cloakroom(&cloakroom)`

use axum::extract::FromRequestParts;
use cloakroom::Session;

fn asked_for<T: FromRequestParts<S>, S>() {}

fn main() {
    asked_for::<Session, ()>();
}
