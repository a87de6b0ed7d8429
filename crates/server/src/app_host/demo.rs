//! The built-in app: it shows what an app is told.

use crate::auth_host::Desk;
use crate::pages::Page;
use axum::response::Response;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::text::from_base64url;
use cloakroom_model::words::time::Time;
use http::StatusCode;

/// A time as people read it, in UTC.
pub(crate) fn shown(time: Time) -> String {
    let seconds = time.millis().div_euclid(1_000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's days-to-civil: exact for every day there is.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_part = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_part + 2) / 5 + 1;
    let month = if month_part < 10 { month_part + 3 } else { month_part - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// What an assertion says, for who reads it. Whoever relies on it checks its signature.
fn said(text: &str) -> String {
    let payload = text.split('.').nth(1).and_then(|part| from_base64url(part).ok()).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Its one page.
pub(super) fn page(
    desk: &Desk,
    language: &str,
    headers: Vec<(String, String)>,
    session: &Session,
    account: &Account,
) -> Response {
    let name = account.names.first().map(|known| known.name.to_string()).unwrap_or_default();
    let assertion =
        headers.iter().find(|(name, _)| name == "cloakroom-assertion").map(|(_, text)| said(text));
    let page = Page::Demo {
        assertion: assertion.unwrap_or_default(),
        who: if account.called.is_empty() { name } else { account.called.clone() },
        groups: session.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        headers,
        login: session.assurance.as_ref().map(|assurance| shown(assurance.at)).unwrap_or_default(),
        session: session.id.to_string(),
        expires: shown(session.absolute),
    };
    desk.show(StatusCode::OK, &page, language)
}

#[cfg(test)]
mod tests;
