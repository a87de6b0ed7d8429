//! What an app is told of who asks, and what nobody else may tell it.

use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::subject::Group;
use http::header::COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers that say who somebody is. They are always there, empty if nothing is known, so that an app never reads one that came from
/// outside.
pub(crate) const HEADERS: [&str; 6] = [
    "remote-user",
    "remote-groups",
    "remote-name",
    "remote-email",
    "cloakroom-session",
    "cloakroom-assertion",
];

/// Whether a header is one that only we may set: of these names, in any spelling that a server could take for it.
fn is_ours(name: &str) -> bool {
    // Some servers make one sign of all that are no letters.
    let plain = name.to_ascii_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    let begins = ["remote-", "cloakroom-", "x-forwarded-", "x-remote-", "x-original-"];
    let is = ["forwarded", "x-forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-rewrite-url"];
    begins.iter().any(|begin| plain.starts_with(begin)) || is.contains(&plain.as_str())
}

/// Takes everything away that only we may say.
pub(super) fn strip(headers: &mut HeaderMap) {
    let foreign: Vec<HeaderName> = headers.keys().filter(|name| is_ours(name.as_str())).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
}

/// Whether a cookie is one of ours: no app ever sees a ticket.
fn is_our_cookie(name: &str) -> bool {
    let bare = name.strip_prefix("__Host-Http-").or(name.strip_prefix("__Host-")).unwrap_or(name);
    bare == "cloakroom" || bare.starts_with("cloakroom_")
}

/// The cookies of a request without ours.
pub(super) fn strip_cookies(headers: &mut HeaderMap) {
    let mut kept = Vec::new();
    for value in headers.get_all(COOKIE) {
        for pair in value.as_bytes().split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
            let is_theirs = core::str::from_utf8(name).is_ok_and(|name| !is_our_cookie(name));
            if is_theirs && !pair.is_empty() {
                kept.push(pair.to_vec());
            }
        }
    }
    headers.remove(COOKIE);
    if let Some(value) =
        (!kept.is_empty()).then(|| HeaderValue::from_bytes(&kept.join(&b"; "[..])).ok()).flatten()
    {
        headers.insert(COOKIE, value);
    }
}

/// What an app sets in our name is not passed on.
pub(super) fn strip_set_cookies(headers: &mut HeaderMap) {
    use http::header::SET_COOKIE;
    let is_theirs = |value: &&HeaderValue| {
        let name = value.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        // One without a name is read by some as its value, which may begin like one of ours.
        core::str::from_utf8(name).is_ok_and(|name| !name.is_empty() && !is_our_cookie(name))
    };
    let kept: Vec<_> = headers.get_all(SET_COOKIE).iter().filter(is_theirs).cloned().collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

/// Text as a header has it: what is not plain is written as in an address.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

/// Groups as a list: a comma in the name of one must not make two of it.
fn listed(groups: &[Group]) -> String {
    let names = groups.iter().map(|group| encoded(group.as_str()).replace(',', "%2C"));
    names.collect::<Vec<_>>().join(",")
}

/// Who asks, as headers.
pub(super) fn tell(
    session: Option<&Session>,
    account: Option<&Account>,
    assertion: Option<&str>,
) -> Vec<(&'static str, String)> {
    let groups = session.map(|session| listed(&session.groups)).unwrap_or_default();
    let subject = session.and_then(|session| session.subject.as_ref()).map(ToString::to_string);
    let email = account.and_then(Account::verified_email).map(ToString::to_string);
    let [user, group, name, mail, id, proof] = HEADERS;
    vec![
        (user, subject.unwrap_or_default()),
        (group, groups),
        (name, encoded(account.map_or("", |account| account.called.as_str()))),
        (mail, email.unwrap_or_default()),
        (id, session.map(|session| session.id.to_string()).unwrap_or_default()),
        (proof, assertion.unwrap_or_default().to_owned()),
    ]
}

#[cfg(test)]
mod tests;
