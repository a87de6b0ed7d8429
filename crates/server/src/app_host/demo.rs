//! The built-in app: it shows what an app is told.

use crate::auth_host::Desk;
use crate::pages::{Frame, Page};
use axum::body::Body;
use axum::response::Response;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::text::from_base64url;
use cloakroom_model::words::time::Time;
use cloakroom_web::refusals;
use http::{HeaderValue, StatusCode};

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
    let frame = Frame {
        language: language.to_owned(),
        home: desk.public_url.as_str().to_owned(),
        dev: desk.is_dev,
        ..Frame::default()
    };
    let Some(text) = desk.pages.draw(&page, &frame) else {
        return refusals::OVERLOADED.answer::<Body>();
    };
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = StatusCode::OK;
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_795_305_599, "2026-11-21 23:59:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(shown(Time::from_millis(seconds * 1_000)), expected);
        }
    }
}
