//! Asking for an account, and for the way back in.

use super::going_on;
use super::refused::NOT_FOUND;
use super::visit::{Visit, error_of, on_to};
use crate::pages::Page;
use axum::Form;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::{NotDone, WantsIn};
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_rules::people::policy::SignUp;
use serde::Deserialize;

/// The longest name.
pub(super) const CALLED_AT_MOST: usize = 100;

#[derive(Deserialize)]
pub(super) struct Typed {
    email: String,
    #[serde(default)]
    called: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct Comes {
    #[serde(default)]
    return_to: String,
}

#[derive(Deserialize)]
pub(super) struct Forgot {
    email: String,
}

/// What somebody wants to be called, without what no name has.
pub(super) fn called(typed: &str) -> String {
    typed.trim().chars().filter(|letter| !letter.is_control()).take(CALLED_AT_MOST).collect()
}

fn is_open(visit: &Visit) -> bool {
    visit.desk.has_mail && visit.desk.people.policy().sign_up == SignUp::Open
}

pub(super) async fn page(visit: Visit, Query(comes): Query<Comes>) -> Response {
    if !is_open(&visit) {
        return NOT_FOUND.answer::<Body>();
    }
    if let Err(error) = going_on::keep(&visit, &comes.return_to) {
        return error.into_response();
    }
    let at_least = visit.desk.people.policy().password_at_least;
    visit.ok(&Page::SignUp { email: String::new(), called: String::new(), error: None, at_least }).await
}

pub(super) async fn sign_up(visit: Visit, Form(typed): Form<Typed>) -> Response {
    if !is_open(&visit) {
        return NOT_FOUND.answer::<Body>();
    }
    let at_least = visit.desk.people.policy().password_at_least;
    let called = called(&typed.called);
    let again = |error| {
        let email = typed.email.chars().take(254).collect();
        Page::SignUp { email, called: called.clone(), error: Some(error), at_least }
    };
    let Ok(email) = LoginName::email(typed.email.trim()) else {
        return visit.again(&again("error-email")).await;
    };
    let who = match visit.who() {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    let wants = WantsIn { email, called: &called, password: Secret::new(typed.password) };
    match visit.desk.people.sign_up(wants, &who.asker()).await {
        Ok(()) => on_to("/sent/sign-up"),
        Err(not) => match error_of(&not) {
            Some(error) => visit.again(&again(error)).await,
            None => visit.not_done(&not).await,
        },
    }
}

pub(super) async fn recover_page(visit: Visit, Query(comes): Query<Comes>) -> Response {
    if !visit.desk.has_mail {
        return NOT_FOUND.answer::<Body>();
    }
    if let Err(error) = going_on::keep(&visit, &comes.return_to) {
        return error.into_response();
    }
    visit.ok(&Page::Recover { email: String::new(), error: None }).await
}

pub(super) async fn recover(visit: Visit, Form(typed): Form<Forgot>) -> Response {
    let Ok(email) = LoginName::email(typed.email.trim()) else {
        let email = typed.email.chars().take(254).collect();
        return visit.again(&Page::Recover { email, error: Some("error-email") }).await;
    };
    let who = match visit.who() {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    let asked = match visit.desk.has_mail {
        true => visit.desk.people.recover(&email, &who.asker()).await,
        false => Err(NotDone::Closed),
    };
    match asked {
        Ok(()) => on_to("/sent/recover"),
        Err(not) => visit.not_done(&not).await,
    }
}

/// A letter is on its way. The code is this browser's own, whatever was asked for.
pub(super) async fn sent(visit: Visit, Path(what): Path<String>) -> Response {
    let what = match what.as_str() {
        "sign-up" => "sign-up",
        "recover" => "recover",
        "address" => "address",
        _ => return NOT_FOUND.answer::<Body>(),
    };
    let code = match visit.who() {
        Ok(who) => visit.desk.people.shown_code(&who.browser),
        Err(error) => return error.into_response(),
    };
    match code {
        Ok(code) => {
            let minutes = visit.desk.people.policy().links.as_millis() / 60_000;
            visit
                .ok(&Page::Sent {
                    what,
                    code: format!(
                        "{} {}",
                        &code.get(..3).unwrap_or_default(),
                        &code.get(3..).unwrap_or_default()
                    ),
                    minutes,
                })
                .await
        }
        Err(denied) => visit.not_done(&denied.into()).await,
    }
}
