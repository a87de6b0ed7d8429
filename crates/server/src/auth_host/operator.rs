//! The operator's plain page: people, their sessions, and taking them back. Only for who is in the group, and has just shown who they are.

use super::desk::operates;
use super::devices::rows;
use super::visit::{Visit, on_to};
use crate::pages::{Page, PersonRow};
use axum::Form;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::Response;
use cloakroom_authority::people::NotDone;
use cloakroom_model::records::account::{Account as Person, AccountState};
use cloakroom_model::records::event::Actor;
use cloakroom_model::words::id::{SessionId, UserId};
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::raise::Why as RaiseWhy;
use cloakroom_web::extract::{Account, Authenticated, Fresh};
use cloakroom_web::refusals;
use serde::Deserialize;

/// Whoever operates has shown who they are in the last quarter of an hour.
type Recent = Authenticated<Account, Fresh<900>>;

const PAGE: usize = 50;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: String,
    #[serde(default)]
    find: String,
    #[serde(default)]
    notice: String,
}

#[derive(Deserialize)]
pub(super) struct Deed {
    #[serde(rename = "do")]
    deed: String,
    #[serde(default)]
    session: String,
}

fn person_row(person: &Person) -> PersonRow {
    let names: Vec<_> = person.names.iter().map(|known| known.name.to_string()).collect();
    let groups: Vec<_> = person.groups.iter().map(ToString::to_string).collect();
    PersonRow {
        id: person.id.to_string(),
        called: person.called.clone(),
        names: names.join(", "),
        groups: groups.join(", "),
        active: person.state == AccountState::Active,
        verified: person.email().is_none_or(|known| known.verified.is_some()),
    }
}

async fn forbidden(visit: &Visit) -> Response {
    if let Some(session) = visit.session.record() {
        let told =
            visit.desk.people.authority().tell_of_no_access(&session, &visit.handle().by().origin).await;
        if let Err(denied) = told {
            return visit.not_done(&denied.into()).await;
        }
    }
    refusals::FORBIDDEN.answer::<Body>()
}

pub(super) async fn people(recent: Recent, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    if !operates(&recent.groups) {
        return forbidden(&visit).await;
    }
    let people = &visit.desk.people;
    let found = async {
        let count = people.count().await?;
        if !wanted.find.trim().is_empty() {
            return match people.find(wanted.find.trim()).await {
                Ok(person) => Ok((vec![person], count, false)),
                Err(NotDone::Nobody) => Ok((Vec::new(), count, false)),
                Err(not) => Err(not),
            };
        }
        let mut page = people.list(wanted.after.parse().ok(), PAGE + 1).await?;
        let more = page.len() > PAGE;
        page.truncate(PAGE);
        Ok((page, count, more))
    };
    match found.await {
        Ok((page, count, more)) => {
            let next = page.last().filter(|_| more).map(|person| person.id.to_string());
            visit.ok(&Page::People { rows: page.iter().map(person_row).collect(), next, count }).await
        }
        Err(not) => visit.not_done(&not).await,
    }
}

pub(super) async fn person(
    recent: Recent,
    visit: Visit,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if !operates(&recent.groups) {
        return forbidden(&visit).await;
    }
    let people = &visit.desk.people;
    let found = async {
        let user: UserId = id.parse().map_err(|_| NotDone::Nobody)?;
        let person = people.find(&user.to_string()).await?;
        let subject = person.subject().map_err(|_| NotDone::Nobody)?;
        Ok::<_, NotDone>((people.authority().sessions_of(&subject).await?, person))
    };
    match found.await {
        Ok((sessions, person)) => {
            let host = visit.desk.public_url.host().as_str();
            let devices = rows(&sessions, None, host, people.now());
            let notice = match wanted.notice.as_str() {
                "done" => Some("notice-done"),
                "sent" => Some("notice-sent"),
                _ => None,
            };
            let mail = visit.desk.has_mail && person.email().is_some();
            visit.ok(&Page::Person { person: person_row(&person), devices, notice, mail }).await
        }
        Err(not) => visit.not_done(&not).await,
    }
}

pub(super) async fn act(
    recent: Recent,
    visit: Visit,
    Path(id): Path<String>,
    Form(deed): Form<Deed>,
) -> Response {
    if !operates(&recent.groups) {
        return forbidden(&visit).await;
    }
    let people = &visit.desk.people;
    let by = By { actor: Actor::Admin(recent.subject.clone()), origin: visit.handle().by().origin };
    let done = async {
        let user: UserId = id.parse().map_err(|_| NotDone::Nobody)?;
        let person = people.find(&user.to_string()).await?;
        let subject = person.subject().map_err(|_| NotDone::Nobody)?;
        match deed.deed.as_str() {
            "end" => {
                let session: SessionId = deed.session.parse().map_err(|_| NotDone::Nobody)?;
                let theirs = people.authority().sessions_of(&subject).await?;
                if !theirs.iter().any(|record| record.id == session) {
                    return Err(NotDone::Nobody);
                }
                people.authority().end(session, CloseWhy::RevokedByAdmin, &by).await?;
            }
            "end-all" => drop(people.authority().end_all(&subject, &RaiseWhy::RevokedByAdmin, &by).await?),
            "recover" => {
                people.send_recovery(user, &by).await?;
                return Ok("sent");
            }
            "disable" => drop(people.set_state(user, AccountState::Disabled, &by).await?),
            "enable" => drop(people.set_state(user, AccountState::Active, &by).await?),
            _ => return Err(NotDone::Nobody),
        }
        Ok::<_, NotDone>("done")
    };
    match done.await {
        Ok(notice) => on_to(&format!("/admin/users/{id}?notice={notice}")),
        Err(not) => visit.not_done(&not).await,
    }
}
