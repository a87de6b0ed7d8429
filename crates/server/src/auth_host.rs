//! The pages where one signs in, and looks after one's account.

mod loops;

mod desk;

mod refused;

mod visit;

mod hand_off;

mod going_on;

mod sign_in;

mod sign_up;

mod links;

mod account;

mod devices;

mod operator;

mod problems;

pub(crate) use desk::{Desk, DeskParts, OPERATORS, operates};
pub(crate) use hand_off::encoded;
pub(crate) use loops::Loops;
pub(crate) use problems::{Reader, explain};
pub(crate) use visit::{HasDesk, Visit, assets_router, not_found, on_to};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Redirect;
use axum::routing::{get, post};
use cloakroom_web::extract::Guarded;

/// No form here is longer.
const FORM_AT_MOST: usize = 64 * 1024;

/// Every page of the auth host.
pub(crate) fn router() -> Router<Guarded<Desk>> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/account") }))
        .route("/login", get(sign_in::page).post(sign_in::sign_in))
        .route("/logout", get(sign_in::sign_out_page).post(sign_in::sign_out))
        .route("/signup", get(sign_up::page).post(sign_up::sign_up))
        .route("/recover", get(sign_up::recover_page).post(sign_up::recover))
        .route("/sent/{what}", get(sign_up::sent))
        .route("/confirm/{token}", get(links::page).post(links::follow))
        .route("/account", get(account::page).post(account::rename))
        .route("/account/confirm", get(account::confirm_page).post(account::confirm))
        .route("/account/password", get(account::password_page).post(account::password))
        .route("/account/email", get(account::address_page).post(account::address))
        .route("/account/delete", get(account::delete_page).post(account::delete))
        .route("/account/devices", get(devices::page).post(devices::end))
        .route("/account/devices/others", post(devices::end_others))
        .route("/handoff", get(hand_off::depart))
        .route("/admin", get(operator::people))
        .route("/admin/users/{id}", get(operator::person).post(operator::act))
        .route("/problems/{slug}", get(problems::page))
        .route("/.well-known/cloakroom-assertion.json", get(hand_off::assertion_keys))
        .route("/.well-known/change-password", get(|| async { Redirect::to("/account/password") }))
        .merge(assets_router())
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(FORM_AT_MOST))
}
