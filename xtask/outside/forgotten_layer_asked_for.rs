//! The same, with what axum's message advises.
//! says: this router has no Cloakroom layers
//! says: the handler asks for a session, and nothing would give it one
//! says: finish the router with `.cloakroom(&cloakroom)`

use axum::{Router, routing::get};
use cloakroom::Session;

#[axum_macros::debug_handler]
async fn home(session: Session) -> String {
    format!("{:?}", session.id())
}

fn main() {
    let _app: Router = Router::new().route("/", get(home));
}
