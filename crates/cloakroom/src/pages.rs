//! Pages that every app needs. They are plain HTML, work without script, and are looked after by the app's own style.

use cloakroom_model::records::event::Event;
use cloakroom_model::records::session::Session as Record;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::Time;
use std::fmt::Display;

/// Text as HTML.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}

fn ago(seen: Time, now: Time) -> String {
    match now.since(seen).as_millis() / 60_000 {
        ..=0 => "just now".to_owned(),
        1 => "a minute ago".to_owned(),
        minutes @ 2..=59 => format!("{minutes} minutes ago"),
        60..=119 => "an hour ago".to_owned(),
        minutes => format!("{} hours ago", minutes / 60),
    }
}

/// The list of somebody's devices: where they are signed in, and a button for each other one. A button posts `session`
/// and `_csrf` to `action`.
#[must_use]
pub fn devices(
    sessions: &[Record],
    own: Option<SessionId>,
    now: Time,
    action: &str,
    csrf: &dyn Display,
) -> String {
    let csrf = escaped(&csrf.to_string());
    let rows = sessions.iter().rev().map(|session| {
        let label = if session.device.label.is_empty() { "Unknown device" } else { &session.device.label };
        let place = match session.device.address.as_str() {
            "" => String::new(),
            address => format!("{} · ", escaped(address)),
        };
        let end = if own == Some(session.id) {
            "<em>this device</em>".to_owned()
        } else {
            format!(
                "<form method=post action=\"{}\"><input type=hidden name=_csrf value=\"{csrf}\">\
                 <input type=hidden name=session value=\"{}\"><button>Sign out</button></form>",
                escaped(action),
                session.id
            )
        };
        let seen = ago(session.last_seen, now);
        format!("<li><strong>{}</strong> <span>{place}{seen}</span> {end}</li>", escaped(label))
    });
    format!("<ul class=devices>{}</ul>", rows.collect::<String>())
}

/// What somebody is told about their sign-ins, above the list of their devices. Nothing if there is nothing.
#[must_use]
pub fn alarms(events: &[Event], now: Time) -> String {
    let rows = events.iter().rev().map(|event| {
        format!(
            "<li><strong>Two devices used one sign-in of yours; both were signed out</strong> <span>{}</span> \
             If you do not know why, somebody had a copy: change your password.</li>",
            ago(event.at, now)
        )
    });
    let rows: String = rows.collect();
    if rows.is_empty() { rows } else { format!("<ul class=alarms role=status>{rows}</ul>") }
}

#[cfg(test)]
mod tests;
