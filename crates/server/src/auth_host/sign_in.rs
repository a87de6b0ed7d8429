//! Signing in and out.

use super::going_on;
use super::visit::{Visit, on_to};
use crate::pages::Page;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::{Attempt, NotDone, SignedInAs};
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::people::policy::SignUp;
use cloakroom_rules::session::sign_in::SignedInClass;
use cloakroom_web::safe_return::safe_return;
use cloakroom_web::session_error::SessionError;
use serde::Deserialize;

/// Where the account is.
const HOME: &str = "/account";

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    return_to: String,
    #[serde(default)]
    notice: String,
}

#[derive(Deserialize)]
pub(super) struct Typed {
    username: String,
    password: String,
    #[serde(default)]
    return_to: String,
    #[serde(default)]
    remember: String,
}

/// Where to go after signing in.
fn target(return_to: &str) -> &str {
    if return_to.is_empty() { HOME } else { safe_return(return_to) }
}

pub(super) async fn page(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    if visit.session.subject().is_some() {
        return on_to(target(&wanted.return_to));
    }
    let notice = (wanted.notice == "signed-out").then_some("notice-signed-out");
    draw(visit, String::new(), wanted.return_to, None, notice).await
}

async fn draw(
    visit: Visit,
    name: String,
    return_to: String,
    error: Option<&'static str>,
    notice: Option<&'static str>,
) -> Response {
    let app = going_on::app_of(&visit, &return_to);
    let page = Page::SignIn {
        name,
        on: going_on::query(&return_to),
        return_to: if return_to.is_empty() { return_to } else { safe_return(&return_to).to_owned() },
        error,
        notice,
        sign_up: visit.desk.has_mail && visit.desk.people.policy().sign_up == SignUp::Open,
        recover: visit.desk.has_mail,
        app: app.as_ref().map(|origin| origin.host().as_str().to_owned()),
    };
    let visit = visit.ending_at(app);
    if error.is_some() { visit.again(&page).await } else { visit.ok(&page).await }
}

pub(super) async fn sign_in(visit: Visit, Form(typed): Form<Typed>) -> Response {
    let handle = visit.handle();
    let (network, by, device) = (handle.network(), handle.by(), handle.device());
    let attempt = Attempt {
        name: typed.username.trim(),
        password: Secret::new(typed.password),
        network: &network,
        browser: handle.device_cookie(),
        by: &by,
        device: &device,
    };
    match visit.desk.people.sign_in(attempt).await {
        Ok(proven) => match opens(&visit, proven, !typed.remember.is_empty()).await {
            Ok(()) => on_to(target(&typed.return_to)),
            Err(error) => error.into_response(),
        },
        Err(NotDone::WrongPassword) => {
            let name = typed.username.chars().take(254).collect();
            draw(visit, name, typed.return_to, Some("error-wrong"), None).await
        }
        Err(not) => visit.not_done(&not).await,
    }
}

/// Opens the session of somebody who has shown who they are, in a browser that is known from now on.
pub(super) async fn opens(visit: &Visit, proven: SignedInAs, remember: bool) -> Result<(), SessionError> {
    let handle = visit.handle();
    let known = visit.desk.people.known_from_now_on(handle.device_cookie(), proven.user).await?;
    let class = if remember { SignedInClass::Remembered } else { SignedInClass::Browser };
    handle.sign_in(proven.proof, class, proven.groups)?;
    // It is written here: the page that follows must find it.
    handle.commit().await?;
    handle.set_device_cookie(&known)
}

pub(super) async fn sign_out_page(visit: Visit) -> Response {
    match visit.session.subject() {
        Some(_) => visit.ok(&Page::SignOut { to: "/logout" }).await,
        None => on_to("/login?notice=signed-out"),
    }
}

pub(super) async fn sign_out(visit: Visit) -> Response {
    match visit.session.sign_out().await {
        Ok(()) => on_to("/login?notice=signed-out"),
        Err(error) => error.into_response(),
    }
}
