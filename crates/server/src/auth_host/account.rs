//! What somebody sees and changes of their account.

use super::desk::operates;
use super::going_on;
use super::sign_up::called;
use super::visit::{Visit, error_of, on_to};
use crate::pages::Page;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::NotDone;
use cloakroom_model::records::account::Account as Person;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::secret::Secret;
use cloakroom_web::extract::{Account, Authenticated, Fresh};
use cloakroom_web::safe_return::safe_return;
use serde::Deserialize;

/// Somebody who has shown who they are in the last ten minutes.
type Recent = Authenticated<Account, Fresh<600>>;

#[derive(Deserialize)]
pub(super) struct Named {
    called: String,
}

#[derive(Deserialize)]
pub(super) struct Confirmed {
    password: String,
    #[serde(default)]
    return_to: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    return_to: String,
    #[serde(default)]
    notice: String,
}

#[derive(Deserialize)]
pub(super) struct Passwords {
    current: String,
    password: String,
}

#[derive(Deserialize)]
pub(super) struct Address {
    email: String,
}

#[derive(Deserialize)]
pub(super) struct Sure {
    #[serde(default)]
    sure: String,
}

/// What a password manager keeps the password under.
fn name_of(person: &Person) -> String {
    let name = person.email().or(person.names.first());
    name.map(|known| known.name.to_string()).unwrap_or_default()
}

pub(super) async fn page(who: Authenticated, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let person = match visit.desk.people.account_of(&who.subject).await {
        Ok(person) => person,
        Err(not) => return visit.not_done(&not).await,
    };
    let notice = match wanted.notice.as_str() {
        "saved" => Some("notice-saved"),
        "password" => Some("notice-password"),
        _ => None,
    };
    let email = person.email();
    visit
        .ok(&Page::Account {
            called: person.called.clone(),
            email: email.map(|known| known.name.to_string()).unwrap_or_default(),
            verified: email.is_some_and(|known| known.verified.is_some()),
            groups: person.groups.iter().map(ToString::to_string).collect(),
            mail: visit.desk.has_mail,
            notice,
            admin: operates(&who.groups),
            apps: visit.desk.apps_of(&who.groups),
        })
        .await
}

pub(super) async fn rename(who: Authenticated, visit: Visit, Form(typed): Form<Named>) -> Response {
    let by = visit.handle().by();
    match visit.desk.people.change_called(&who.subject, &called(&typed.called), &by).await {
        Ok(()) => on_to("/account?notice=saved"),
        Err(not) => visit.not_done(&not).await,
    }
}

pub(super) async fn confirm_page(who: Authenticated, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    confirmation(&who, visit, &wanted.return_to, None).await
}

async fn confirmation(
    who: &Authenticated,
    visit: Visit,
    return_to: &str,
    error: Option<&'static str>,
) -> Response {
    let name = match visit.desk.people.account_of(&who.subject).await {
        Ok(person) => name_of(&person),
        Err(not) => return visit.not_done(&not).await,
    };
    let page = Page::Confirm { return_to: safe_return(return_to).to_owned(), name, error };
    let app = going_on::app_of(&visit, return_to);
    let visit = visit.ending_at(app);
    if error.is_some() { visit.again(&page).await } else { visit.ok(&page).await }
}

pub(super) async fn confirm(who: Authenticated, visit: Visit, Form(typed): Form<Confirmed>) -> Response {
    let handle = visit.handle();
    let (network, by) = (handle.network(), handle.by());
    let confirmed = visit.desk.people.confirm(&who.subject, Secret::new(typed.password), &network, &by).await;
    match confirmed {
        Ok(proof) => match visit.session.step_up(proof) {
            Ok(()) => on_to(safe_return(&typed.return_to)),
            Err(error) => error.into_response(),
        },
        Err(NotDone::WrongPassword) => {
            confirmation(&who, visit, &typed.return_to, Some("error-wrong-password")).await
        }
        Err(not) => visit.not_done(&not).await,
    }
}

async fn password_form(who: &Authenticated, visit: &Visit, error: Option<&'static str>) -> Response {
    let name = match visit.desk.people.account_of(&who.subject).await {
        Ok(person) => name_of(&person),
        Err(not) => return visit.not_done(&not).await,
    };
    let page = Page::Password { error, at_least: visit.desk.people.policy().password_at_least, name };
    if error.is_some() { visit.again(&page).await } else { visit.ok(&page).await }
}

pub(super) async fn password_page(who: Authenticated, visit: Visit) -> Response {
    password_form(&who, &visit, None).await
}

pub(super) async fn password(who: Authenticated, visit: Visit, Form(typed): Form<Passwords>) -> Response {
    let (asks, own) = match (visit.who(), visit.handle().own_ticket().await) {
        (Ok(asks), Ok(own)) => (asks, own),
        (Err(error), _) | (_, Err(error)) => return error.into_response(),
    };
    let checked = match own.checked() {
        Ok(checked) => checked,
        Err(error) => return error.into_response(),
    };
    let (current, new) = (Secret::new(typed.current), Secret::new(typed.password));
    match visit.desk.people.change_password(checked, current, new, &asks.asker()).await {
        Ok(kept) => match visit.handle().goes_on(&kept) {
            Ok(()) => on_to("/account?notice=password"),
            Err(error) => error.into_response(),
        },
        Err(not) => match error_of(&not) {
            Some(error) => password_form(&who, &visit, Some(error)).await,
            None => visit.not_done(&not).await,
        },
    }
}

pub(super) async fn address_page(_: Recent, visit: Visit) -> Response {
    if !visit.desk.has_mail {
        return visit.not_done(&NotDone::Closed).await;
    }
    visit.ok(&Page::Address { email: String::new(), error: None }).await
}

pub(super) async fn address(_: Recent, visit: Visit, Form(typed): Form<Address>) -> Response {
    let Ok(email) = LoginName::email(typed.email.trim()) else {
        let email = typed.email.chars().take(254).collect();
        return visit.again(&Page::Address { email, error: Some("error-email") }).await;
    };
    let asks = match visit.who() {
        Ok(asks) => asks,
        Err(error) => return error.into_response(),
    };
    let session = visit.handle().session();
    let Some(own) = session.as_deref() else { return visit.not_done(&NotDone::Nobody).await };
    match visit.desk.people.change_address(own, &email, &asks.asker()).await {
        Ok(()) => on_to("/sent/address"),
        Err(not) => visit.not_done(&not).await,
    }
}

pub(super) async fn delete_page(_: Recent, visit: Visit) -> Response {
    visit.ok(&Page::Delete { error: None }).await
}

pub(super) async fn delete(recent: Recent, visit: Visit, Form(typed): Form<Sure>) -> Response {
    if typed.sure.is_empty() {
        return visit.again(&Page::Delete { error: None }).await;
    }
    let by = visit.handle().by();
    match visit.desk.people.delete(&recent.subject, &by).await {
        Ok(()) => {}
        Err(NotDone::TooSoon(_)) => {
            return visit.again(&Page::Delete { error: Some("error-too-soon") }).await;
        }
        Err(not) => return visit.not_done(&not).await,
    }
    // Their session ended with them; what is left are cookies.
    match visit.session.sign_out().await {
        Ok(()) => {
            visit.ok(&Page::Done { what: "deleted", next: "/login".to_owned(), about: String::new() }).await
        }
        Err(error) => error.into_response(),
    }
}
