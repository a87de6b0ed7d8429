//! The layers were forgotten.
//! says: error[E0277]
//! says: Handler<
//! says: is not satisfied
//! says: get(home)

use axum::{Router, routing::get};
use cloakroom::Session;

async fn home(session: Session) -> String {
    format!("{:?}", session.id())
}

fn main() {
    let _app: Router = Router::new().route("/", get(home));
}
