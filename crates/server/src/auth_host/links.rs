//! Where links in letters lead. A link opens a page; only its button does anything, because whoever scans mail follows links too.

use super::going_on;
use super::sign_in::opens;
use super::sign_up::called;
use super::visit::{Visit, error_of, on_to};
use crate::pages::Page;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::{ChangeOfAddress, NotDone, Opened, SignedInAs};
use cloakroom_model::records::request::About;
use cloakroom_model::words::secret::Secret;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    code: String,
    #[serde(default)]
    called: String,
    #[serde(default)]
    password: String,
}

/// What a link is about, as the words call it, and for whom it is.
fn about(opened: &Opened) -> Option<(&'static str, String)> {
    Some(match &opened.request.about {
        About::SignUp { email, .. } => ("sign-up", email.to_string()),
        About::Invitation { email, .. } => ("invitation", email.to_string()),
        About::Recovery { email } => ("recovery", email.to_string()),
        About::Verification { email } => ("verification", email.to_string()),
        About::EmailChange { to, .. } => ("address", to.to_string()),
        About::EmailUndo { back_to, .. } => ("undo", back_to.to_string()),
        About::AdminLink => ("admin", String::new()),
        // That one is for browsers on their way to an app.
        About::HandOff { .. } => return None,
    })
}

async fn draw(visit: Visit, token: String, opened: &Opened, error: Option<&'static str>) -> Response {
    let Some((about, to)) = about(opened) else { return visit.not_done(&NotDone::LinkGone).await };
    let needs = opened.needs();
    let page = Page::Link {
        about,
        token,
        to,
        code: needs.code,
        password: needs.password,
        called: about == "invitation",
        error,
        at_least: visit.desk.people.policy().password_at_least,
    };
    let app = going_on::app_ahead(&visit);
    let visit = visit.ending_at(app);
    if error.is_some() { visit.again(&page).await } else { visit.ok(&page).await }
}

pub(super) async fn page(visit: Visit, Path(token): Path<String>) -> Response {
    let who = match visit.who() {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    match visit.desk.people.open_link(&token, &who.browser).await {
        Ok(opened) => draw(visit, token, &opened, None).await,
        Err(not) => visit.not_done(&not).await,
    }
}

/// What following a link came to.
enum Followed {
    /// Somebody is signed in with it.
    SignsIn(SignedInAs),
    /// Something was done, and a page says so.
    Says(Box<Page>),
}

pub(super) async fn follow(visit: Visit, Path(token): Path<String>, Form(typed): Form<Typed>) -> Response {
    let who = match visit.who() {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    let people = &visit.desk.people;
    let opened = match people.open_link(&token, &who.browser).await {
        Ok(opened) => opened,
        Err(not) => return visit.not_done(&not).await,
    };
    let (asker, password) = (who.asker(), Secret::new(typed.password));
    let done = |what, next: &str, about: String| {
        Followed::Says(Box::new(Page::Done { what, next: next.to_owned(), about }))
    };
    let joined = |joined: Option<SignedInAs>| {
        joined.map_or_else(|| done("joined", "/login", String::new()), Followed::SignsIn)
    };
    let followed = match &opened.request.about {
        About::SignUp { .. } => people.finish_sign_up(&token, &asker, &typed.code).await.map(joined),
        About::Invitation { .. } => {
            let called = called(&typed.called);
            people.accept_invitation(&token, &called, password, &asker).await.map(joined)
        }
        About::AdminLink => people.follow_admin_link(&token, &who.browser).await.map(Followed::SignsIn),
        About::Recovery { .. } => {
            let finished = people.finish_recovery(&token, password, &asker, &typed.code).await;
            finished.map(|()| done("password", "/login", String::new()))
        }
        About::Verification { .. } | About::EmailChange { .. } | About::EmailUndo { .. } => {
            let finished = people.finish_address(&token, &asker, &typed.code).await;
            finished.map(|change| match change {
                ChangeOfAddress::Changed(to) => done("address", "/account", to.to_string()),
                ChangeOfAddress::Verified(email) => done("verified", "/account", email.to_string()),
                ChangeOfAddress::Undone(back) => done("undone", "/recover", back.to_string()),
            })
        }
        About::HandOff { .. } => Err(NotDone::LinkGone),
    };
    match followed {
        Ok(Followed::SignsIn(proven)) => {
            let opened = match opened.request.about {
                About::AdminLink => opens(&visit, proven, false).await.map(|()| Some("/admin".to_owned())),
                _ => opens(&visit, proven, false).await.and_then(|()| going_on::take(&visit)),
            };
            match opened {
                Ok(to) => on_to(to.as_deref().unwrap_or("/account")),
                Err(error) => error.into_response(),
            }
        }
        Ok(Followed::Says(mut page)) => {
            if let Page::Done { next, .. } = &mut *page
                && next == "/login"
            {
                match going_on::take(&visit) {
                    Ok(to) => next.push_str(&going_on::query(&to.unwrap_or_default())),
                    Err(error) => return error.into_response(),
                }
            }
            visit.ok(&page).await
        }
        Err(not) => match error_of(&not) {
            Some(error) => draw(visit, token, &opened, Some(error)).await,
            None => visit.not_done(&not).await,
        },
    }
}
