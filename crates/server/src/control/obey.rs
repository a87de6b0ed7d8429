//! Doing what is asked for.

use super::filter::Filter;
use super::head::Head;
use super::order::{Answer, Order};
use crate::auth_host::{OPERATORS, operates};
use crate::engine::{Engine, OPERATOR, operator};
use crate::import::{Row, Told};
use crate::kept::why;
use cloakroom_authority::people::{Import, NotDone};
use cloakroom_model::records::account::{Account, AccountState};
use cloakroom_model::records::chain::Link;
use cloakroom_model::records::event::{Actor, Event, Reason};
use cloakroom_model::records::session::Session;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::login_name::LoginName;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::subject::Group;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::raise::Why as RaiseWhy;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

/// So many people are asked for their sessions at once.
const PEOPLE: usize = 200;
/// So many links of the log are read at once.
const LINKS: usize = 1_000;

fn of_account(account: &Account) -> Value {
    let names: Vec<_> = account
        .names
        .iter()
        .map(|known| json!({ "name": known.name.as_str(), "verified": known.verified.is_some() }))
        .collect();
    json!({
        "id": account.id.to_string(),
        "called": account.called,
        "names": names,
        "groups": account.groups.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "active": account.state == AccountState::Active,
        "has_password": account.password.is_some(),
        "created": account.created.millis(),
    })
}

fn of_session(session: &Session) -> Value {
    json!({
        "id": session.id.to_string(),
        "host": session.host.as_str(),
        "device": session.device.label,
        "address": session.device.address,
        "created": session.created.millis(),
        "last_seen": session.last_seen.millis(),
        "ends_at_the_latest": session.absolute.millis(),
    })
}

/// An event as a line.
pub(crate) fn of_event(event: &Event) -> Value {
    let actor = match &event.actor {
        Actor::System => "system".to_owned(),
        Actor::Nobody => "nobody".to_owned(),
        Actor::Subject(subject) => subject.to_string(),
        Actor::Admin(subject) => format!("admin:{subject}"),
    };
    json!({
        "at": event.at.millis(),
        "event": event.name.as_str(),
        "outcome": event.outcome.as_str(),
        "reason": event.reason.map(|reason| reason.as_str()),
        "actor": actor,
        "subject": event.subject.as_ref().map(ToString::to_string),
        "session": event.session.map(|session| session.to_string()),
        "address": event.origin.address,
        "request": event.origin.request,
    })
}

/// A link of the log as a line: an event and its place. What was erased has its place still.
fn of_link(lane: u32, link: &Link) -> Value {
    let mut line = link.event.as_ref().map_or_else(|| json!({ "erased": true }), of_event);
    if let Some(line) = line.as_object_mut() {
        line.insert("lane".to_owned(), lane.into());
        line.insert("seq".to_owned(), link.seq.into());
        line.insert("digest".to_owned(), HEXLOWER.encode(&link.digest.0).into());
    }
    line
}

/// A page of people's sessions for which all of this holds, and after whom the next page begins.
async fn filtered(engine: &Engine, after: Option<String>, all_of: &[Filter]) -> Result<Value, String> {
    let after =
        after.map(|after| after.parse().map_err(|_| "this is no id of a user".to_owned())).transpose()?;
    let page = engine.people.list(after, PEOPLE).await.map_err(|not| not.to_string())?;
    let now = engine.clock.now();
    let mut found = Vec::new();
    for account in &page {
        let subject = account.subject().map_err(|error| error.to_string())?;
        let sessions = engine.people.authority().sessions_of(&subject).await;
        for session in sessions.map_err(|denied| denied.to_string())? {
            if all_of.iter().all(|filter| filter.holds(&session, account, now)) {
                let mut line = of_session(&session);
                if let Some(line) = line.as_object_mut() {
                    line.insert("user".to_owned(), account.id.to_string().into());
                }
                found.push(line);
            }
        }
    }
    let next = page.last().filter(|_| page.len() == PEOPLE).map(|account| account.id.to_string());
    Ok(json!({ "sessions": found, "next": next }))
}

/// Whether a name is that of the account the operator's link signs in to.
fn is_reserved(name: &LoginName) -> bool {
    name.key() == OPERATOR
}

fn groups_of(groups: &[String]) -> Result<Vec<Group>, String> {
    let parsed: Result<Vec<Group>, _> = groups.iter().map(|group| group.parse()).collect();
    parsed.map_err(|_| "a group is one word of visible characters, 64 at most".to_owned())
}

async fn operator_account(engine: &Engine) -> Result<Account, NotDone> {
    match engine.people.find(OPERATOR).await {
        Err(NotDone::Nobody) => {
            let import = Import {
                names: OPERATOR.parse::<LoginName>().into_iter().map(|name| (name, true)).collect(),
                called: "Operator".to_owned(),
                password: None,
                groups: OPERATORS.parse().into_iter().collect(),
                state: AccountState::Active,
            };
            engine.people.create(import, Reason::ByAdmin, &operator()).await
        }
        found => found,
    }
}

async fn done(engine: &Engine, public_url: &WebOrigin, order: Order) -> Result<Value, String> {
    let (people, by) = (&engine.people, operator());
    let text = |not: NotDone| not.to_string();
    Ok(match order {
        Order::AdminLink => {
            let operator = operator_account(engine).await.map_err(text)?;
            if !operates(&operator.groups) || operator.password.is_some() {
                return Err(format!(
                    "CK2032: the account {OPERATOR:?} is somebody's, and not the operator's\nhint: look at it with `user show {OPERATOR}`, and delete it"
                ));
            }
            let link = people.admin_link(operator.id, &by).await.map_err(text)?;
            json!({ "link": format!("{public_url}/confirm/{}", link.to_text().expose()) })
        }
        Order::Users { after, at_most } => {
            let after = after
                .map(|after| after.parse().map_err(|_| "this is no id of a user".to_owned()))
                .transpose()?;
            let page = people.list(after, at_most.min(1_000)).await.map_err(text)?;
            json!({ "users": page.iter().map(of_account).collect::<Vec<_>>(), "count": people.count().await.map_err(text)? })
        }
        Order::User { who } => of_account(&people.find(&who).await.map_err(text)?),
        Order::AddUser { names, called, password, groups, verified } => {
            let parsed: Result<Vec<(LoginName, bool)>, _> =
                names.iter().map(|name| name.parse().map(|name| (name, verified))).collect();
            let names = parsed.map_err(|_| {
                "a name is an address, or a word of letters, digits, dots and dashes".to_owned()
            })?;
            if names.iter().any(|(name, _)| is_reserved(name)) {
                return Err("that name is kept for the operator's link".to_owned());
            }
            let password = match password {
                Some(password) => {
                    let known: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
                    people.may_choose(&password, &known).await.map_err(text)?;
                    Some(people.hash_for(Secret::new(password)).await.map_err(text)?)
                }
                None => None,
            };
            let import =
                Import { names, called, password, groups: groups_of(&groups)?, state: AccountState::Active };
            of_account(&people.create(import, Reason::ByAdmin, &by).await.map_err(text)?)
        }
        Order::Invite { email, groups } => {
            let email =
                LoginName::email(&email).map_err(|_| "mail cannot be sent to that address".to_owned())?;
            let link = people.invite(&email, groups_of(&groups)?, &by).await.map_err(text)?;
            let link = format!("{public_url}/confirm/{}", link.to_text().expose());
            json!({ "link": link, "sent": engine.has_mail })
        }
        Order::Uninvite { email } => {
            let email = LoginName::email(&email).map_err(|_| "that is no address".to_owned())?;
            match people.uninvite(&email, &by).await.map_err(text)? {
                0 => return Err("nobody is invited at that address".to_owned()),
                ended => json!({ "withdrawn": ended }),
            }
        }
        Order::SetActive { who, active } => {
            let account = people.find(&who).await.map_err(text)?;
            let state = if active { AccountState::Active } else { AccountState::Disabled };
            let all = people.set_state(account.id, state, &by).await.map_err(text)?;
            if active { json!({ "ended": all }) } else { ended(engine, all).await }
        }
        Order::SetGroups { who, groups } => {
            let account = people.find(&who).await.map_err(text)?;
            let groups = groups_of(&groups)?;
            ended(engine, people.set_groups(account.id, groups, &by).await.map_err(text)?).await
        }
        Order::DeleteUser { who } => {
            let account = people.find(&who).await.map_err(text)?;
            people.delete_user(account.id, &by).await.map_err(text)?;
            json!({ "deleted": account.id.to_string() })
        }
        Order::Recover { .. } if !engine.has_mail => {
            return Err("there is no [mail] in the configuration: nothing was sent".to_owned());
        }
        Order::Recover { who } => {
            let account = people.find(&who).await.map_err(text)?;
            people.send_recovery(account.id, &by).await.map_err(text)?;
            json!({ "sent": true })
        }
        Order::Sessions { who } => {
            let account = people.find(&who).await.map_err(text)?;
            let subject = account.subject().map_err(|error| error.to_string())?;
            let sessions =
                people.authority().sessions_of(&subject).await.map_err(|denied| denied.to_string())?;
            json!({ "sessions": sessions.iter().map(of_session).collect::<Vec<_>>() })
        }
        Order::EndSession { session } => {
            let session: SessionId = session.parse().map_err(|_| "this is no id of a session".to_owned())?;
            json!({ "ended": end_with_what_it_came_from(engine, session, &by).await? })
        }
        Order::EndSessions { who } => {
            let account = people.find(&who).await.map_err(text)?;
            let subject = account.subject().map_err(|error| error.to_string())?;
            let all = people.authority().end_all(&subject, &RaiseWhy::RevokedByAdmin, &by).await;
            ended(engine, all.map_err(|denied| denied.to_string())?).await
        }
        Order::FilterSessions { after, all_of } => filtered(engine, after, &all_of).await?,
        Order::EndThese { sessions } => {
            let parsed: Result<Vec<SessionId>, _> = sessions.iter().map(|session| session.parse()).collect();
            let parsed = parsed.map_err(|_| "this is no id of a session".to_owned())?;
            for session in &parsed {
                // One that is not there any more has ended with the one it came from.
                end_with_what_it_came_from(engine, *session, &by).await?;
            }
            json!({ "ended": parsed.len() })
        }
        Order::Import { rows, dry_run } => {
            let mut told = Vec::with_capacity(rows.len());
            for row in rows {
                told.push(import(engine, row, dry_run, &by).await);
            }
            json!({ "rows": told })
        }
        Order::Backup { to } => {
            engine.store.backup_to(&to).await?;
            json!({ "backup": to })
        }
        Order::Events { at_most } => {
            let events = people.authority().recent_events(at_most.min(10_000)).await;
            let events = events.map_err(|denied| denied.to_string())?;
            json!({ "events": events.iter().map(of_event).collect::<Vec<_>>() })
        }
        Order::VerifyEvents { kept } => {
            let kept: Option<Vec<_>> = kept.iter().map(Head::signed).collect();
            let kept = kept.ok_or_else(|| "CK2031: what was kept is no signed end of a log".to_owned())?;
            match people.authority().verify_events(&kept).await.map_err(|denied| denied.to_string())? {
                Ok(events) => json!({ "whole": true, "events": events }),
                Err((lane, broken)) => {
                    return Err(format!("CK2030: the log is not whole: lane {}, {broken}", lane.0));
                }
            }
        }
        Order::EventHeads => {
            let heads = people.authority().signed_heads().await.map_err(|denied| denied.to_string())?;
            json!({ "heads": heads.iter().map(Head::of).collect::<Vec<_>>() })
        }
        Order::EventLinks { lane, after } => {
            let links = people.authority().event_links(LaneId(lane), after, LINKS).await;
            let links = links.map_err(|denied| denied.to_string())?;
            json!({ "links": links.iter().map(|link| of_link(lane, link)).collect::<Vec<_>>() })
        }
        Order::Health => json!({
            "warnings": engine.store.warnings(),
            "outage": engine.store.answers().await.err().map(|fault| why(&fault)),
            "letters_waiting": people.letters_waiting().await.map_err(|denied| denied.to_string())?,
            "users": people.count().await.map_err(text)?,
        }),
        Order::Reload => {
            return Err("no server runs here: it reads the configuration when it starts".to_owned());
        }
        Order::AddService => {
            let credential =
                people.authority().feed_credential(&by).await.map_err(|denied| denied.to_string())?;
            json!({ "service": credential.service.to_string(), "credential": credential.to_text().expose() })
        }
        Order::RevokeService { service } => {
            let service = service.parse().map_err(|_| "this is no id of a service".to_owned())?;
            people.authority().revoke_service(service, &by).await.map_err(|denied| denied.to_string())?;
            json!({ "revoked": service.to_string() })
        }
        Order::Inspect { text, revoke } => inspect(engine, text.trim(), revoke, &by).await?,
    })
}

/// How many sessions ended. While those are kept by a server that does not answer, they end without being counted.
async fn ended(engine: &Engine, ended: u32) -> Value {
    match ended == 0 && engine.store.answers().await.is_err() {
        true => json!({ "ended": 0, "uncounted": true }),
        false => json!({ "ended": ended }),
    }
}

/// An app's session alone would be back with the next page: it ends with the sign-in that it came from.
async fn end_with_what_it_came_from(engine: &Engine, session: SessionId, by: &By) -> Result<bool, String> {
    let authority = engine.people.authority();
    let found = authority.session(session).await.map_err(|denied| denied.to_string())?;
    let session = found.and_then(|found| found.parent).unwrap_or(session);
    authority.end(session, CloseWhy::RevokedByAdmin, by).await.map_err(|denied| denied.to_string())
}

/// What a link is that somebody found.
async fn inspect_link(engine: &Engine, text: &str, revoke: bool, by: &By) -> Result<Value, String> {
    const KIND: &str = "a link from a letter, or a browser on its way";
    match engine.people.open_link(text, "").await {
        Ok(opened) => {
            let ended = match revoke {
                true => engine.people.end_link(&opened, by).await.map_err(|not| not.to_string())?,
                false => false,
            };
            let user = opened.request.user.map(|user| user.to_string());
            let until = opened.request.expires.millis();
            Ok(json!({ "kind": KIND, "live": !ended, "ended": ended, "subject": user, "until": until }))
        }
        Err(NotDone::LinkGone) => Ok(json!({ "kind": KIND, "live": false })),
        Err(not) => Err(not.to_string()),
    }
}

/// What a secret is that somebody found, whose, and whether it still opens anything. The secret itself is not said again.
async fn inspect(engine: &Engine, text: &str, revoke: bool, by: &By) -> Result<Value, String> {
    let kind = SecretKind::of(text).ok_or_else(|| {
        "this is no secret of ours: those begin with ckt_, ckl_, cks_ and the like".to_owned()
    })?;
    let authority = engine.people.authority();
    if kind != SecretKind::Ticket {
        let kind = match kind {
            SecretKind::Link => return inspect_link(engine, text, revoke, by).await,
            SecretKind::ServiceSecret => "the credential of a service: `cloakroom service revoke` ends it",
            SecretKind::Refresh => "a refresh token",
            SecretKind::SealedCookie | SecretKind::SignedCookie => "a session that its cookie carries",
            _ => "a secret of ours",
        };
        return Ok(json!({ "kind": kind }));
    }
    let ticket =
        Ticket::parse(text).map_err(|_| "it begins like a session ticket, and is none".to_owned())?;
    let found = authority.session_of_ticket(&ticket).await.map_err(|denied| denied.to_string())?;
    let Some(session) = found else {
        return Ok(json!({ "kind": "a session ticket", "live": false }));
    };
    let live = authority.is_live(session.id).await.map_err(|denied| denied.to_string())?;
    let ended = match revoke {
        true => authority
            .end(session.id, CloseWhy::RevokedByAdmin, by)
            .await
            .map_err(|denied| denied.to_string())?,
        false => false,
    };
    let subject = session.subject.as_ref().map(ToString::to_string);
    Ok(
        json!({ "kind": "a session ticket", "live": live && !ended, "ended": ended, "subject": subject, "session": of_session(&session) }),
    )
}

/// One person from another system. Whoever is there already is left as they are, so that an import that was cut off is simply run again.
async fn import(engine: &Engine, row: Row, dry_run: bool, by: &By) -> Told {
    let not = |why: &str| Told::Not(why.to_owned());
    let parsed: Result<Vec<LoginName>, _> = row.names.iter().map(|name| name.parse()).collect();
    let (Ok(names), Ok(groups)) = (parsed, groups_of(&row.groups)) else { return not("this row is none") };
    if names.iter().any(is_reserved) || groups.iter().any(|group| group.as_str() == OPERATORS) {
        return not("a file makes nobody an operator, and nobody of their name");
    }
    for (place, name) in names.iter().enumerate() {
        match engine.people.find(name.as_str()).await {
            Err(NotDone::Nobody) => {}
            Ok(account)
                if place == 0
                    && names.iter().all(|name| account.names.iter().any(|known| known.name == *name)) =>
            {
                return Told::There;
            }
            Ok(_) => return not("somebody else has this address or user name"),
            Err(error) => return not(&error.to_string()),
        }
    }
    if dry_run {
        return Told::WouldBe;
    }
    let password = match row.hash {
        Some(hash) => match engine.people.taken_over(hash).await {
            Ok(password) => Some(password),
            Err(error) => return not(&error.to_string()),
        },
        None => None,
    };
    let import = Import {
        names: names
            .into_iter()
            .map(|name| {
                let is_known = row.verified || !name.is_email();
                (name, is_known)
            })
            .collect(),
        called: row.called,
        password,
        groups,
        state: if row.active { AccountState::Active } else { AccountState::Disabled },
    };
    match engine.people.create(import, Reason::Imported, by).await {
        Ok(_) => Told::Imported,
        Err(error) => not(&error.to_string()),
    }
}

/// Does it.
pub(crate) async fn obey(engine: &Engine, public_url: &WebOrigin, order: Order) -> Answer {
    match done(engine, public_url, order).await {
        Ok(value) => Answer::Done(value),
        Err(why) => Answer::Not(why),
    }
}
