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
use std::collections::BTreeSet;

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

/// Whether a session at an app is the same browser's that signed in: what was reached from there by another one is a row of its own.
fn is_of(app: &Record, first: &Record) -> bool {
    let (one, other) = (&app.device, &first.device);
    app.parent == Some(first.id) && (&one.label, &one.address) == (&other.label, &other.address)
}

/// A row for each browser, the newest first: where one signed in, with the apps that were reached from there. When it was used is shown in
/// steps: it is none of the business of whoever has a copy.
pub(super) fn rows(
    sessions: &[Record],
    own: Option<SessionId>,
    auth_host: &str,
    now: Time,
) -> Vec<DeviceRow> {
    let is_row = |record: &&Record| !sessions.iter().any(|first| is_of(record, first));
    let row = |first: &Record| {
        let apps = || sessions.iter().filter(|record| is_of(record, first));
        let last = apps().map(|record| record.last_seen).fold(first.last_seen, Time::max);
        let minutes = now.since(last).as_millis().max(0) / 60_000;
        let reached = apps().chain([first]).map(|record| record.host.as_str());
        let hosts: BTreeSet<&str> = reached.filter(|host| *host != auth_host).collect();
        DeviceRow {
            id: first.id.to_string(),
            label: first.device.label.clone(),
            place: first.device.address.clone(),
            app: hosts.into_iter().collect::<Vec<_>>().join(", "),
            minutes: minutes - minutes % 5,
            own: own == Some(first.id),
        }
    };
    sessions.iter().rev().filter(is_row).map(row).collect()
}

pub(super) async fn page(recent: Recent, visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    let people = &visit.desk.people;
    let sessions = match people.authority().sessions_of(&recent.subject).await {
        Ok(sessions) => sessions,
        Err(denied) => return visit.not_done(&denied.into()).await,
    };
    let rows = rows(&sessions, visit.session.id(), visit.desk.public_url.host().as_str(), people.now());
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
    visit.ok(&Page::Devices { rows, notice, alarm }).await
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
