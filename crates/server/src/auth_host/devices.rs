//! Where somebody is signed in.

use super::visit::{Visit, on_to};
use crate::pages::{DeviceRow, Page};
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use cloakroom_authority::people::NotDone;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use cloakroom_rules::session::close::Why;
use cloakroom_web::extract::{Account, Authenticated, Fresh};
use serde::Deserialize;

/// Somebody who has shown who they are in the last half hour.
type Recent = Authenticated<Account, Fresh<1800>>;

/// How many of the newest events are looked at for what somebody should be told.
const LOOKED_AT: usize = 2_000;

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    notice: String,
}

#[derive(Deserialize)]
pub(super) struct Which {
    session: String,
}

/// A session as a row. When it was used is shown in steps: it is none of the business of whoever has a copy.
pub(super) fn row(record: &Record, own: Option<SessionId>, auth_host: &str, now: Time) -> DeviceRow {
    let minutes = now.since(record.last_seen).as_millis().max(0) / 60_000;
    let host = record.host.as_str();
    DeviceRow {
        id: record.id.to_string(),
        label: record.device.label.clone(),
        place: record.device.address.clone(),
        app: if host == auth_host { String::new() } else { host.to_owned() },
        minutes: minutes - minutes % 5,
        own: own == Some(record.id),
    }
}

pub(super) async fn page(recent: Recent, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let people = &visit.desk.people;
    let mut sessions = match people.authority().sessions_of(&recent.subject).await {
        Ok(sessions) => sessions,
        Err(denied) => return visit.not_done(&denied.into()).await,
    };
    sessions.reverse();
    let own = visit.session.id();
    let rows =
        sessions.iter().map(|record| row(record, own, visit.desk.public_url.host().as_str(), people.now()));
    let alarm = match people.authority().recent_events(LOOKED_AT).await {
        Ok(events) => events.iter().any(|event| {
            matches!(event.name, EventName::TwoHolders | EventName::FamilyTheft)
                && event.subject.as_ref() == Some(&recent.subject)
        }),
        Err(denied) => return visit.not_done(&denied.into()).await,
    };
    let notice = match wanted.notice.as_str() {
        "ended" => Some("notice-ended"),
        "others" => Some("notice-others"),
        _ => None,
    };
    visit.ok(&Page::Devices { rows: rows.collect(), notice, alarm }).await
}

pub(super) async fn end(recent: Recent, visit: Visit, Form(which): Form<Which>) -> Response {
    let authority = visit.desk.people.authority();
    let ended = async {
        let session: SessionId = which.session.parse().map_err(|_| NotDone::Nobody)?;
        // One of somebody else is not there.
        let theirs = authority.sessions_of(&recent.subject).await?;
        let found = theirs.iter().find(|record| record.id == session).ok_or(NotDone::Nobody)?;
        // An app's session alone would be back with the next page: it ends with the sign-in that it came from.
        authority.end(found.parent.unwrap_or(session), Why::RevokedByUser, &visit.handle().by()).await?;
        Ok(())
    };
    match ended.await {
        Ok(()) => on_to("/account/devices?notice=ended"),
        Err(not) => visit.not_done(&not).await,
    }
}

pub(super) async fn end_others(_: Recent, visit: Visit) -> Response {
    match visit.session.sign_out_elsewhere().await {
        Ok(_) => on_to("/account/devices?notice=others"),
        Err(error) => error.into_response(),
    }
}
