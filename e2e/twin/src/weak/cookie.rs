//! Other names and attributes for the cookies.

use crate::switch::Switch::{self, HostPrefix, HttpOnly, HttpPrefix, SameSite, Secure};
use http::HeaderMap;
use http::header::SET_COOKIE;
use std::collections::BTreeSet;

/// Takes every `Set-Cookie` out of an answer.
pub(crate) fn taken_out(headers: &mut HeaderMap) -> Vec<String> {
    let set = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    headers.remove(SET_COOKIE);
    set
}

/// How cookies look to the browser.
#[derive(Debug)]
pub(crate) struct Dress {
    /// The prefix that the app's cookies have.
    real: &'static str,
    /// The prefix that the browser sees.
    seen: &'static str,
    without: Vec<&'static str>,
    same_site: Option<String>,
}

/// The first part of the name of every cookie of ours.
const BASE: &str = "cloakroom";

impl Dress {
    /// `same_site`: another value for the attribute; `unset` takes it away.
    pub(crate) fn of(off: &BTreeSet<Switch>, real: &'static str, same_site: Option<String>) -> Self {
        let is_off = |switch| off.contains(&switch);
        let seen = match real {
            "__Host-Http-" if is_off(Secure) || is_off(HostPrefix) => "",
            "__Host-Http-" if is_off(HttpOnly) || is_off(HttpPrefix) => "__Host-",
            real => real,
        };
        let without = [(HttpOnly, "HttpOnly"), (Secure, "Secure")];
        let without =
            without.into_iter().filter(|(switch, _)| is_off(*switch)).map(|(_, name)| name).collect();
        let same_site = if is_off(SameSite) { Some("None".to_owned()) } else { same_site };
        Self { real, seen, without, same_site }
    }

    /// The name of the cookie that opens a session, as the app has it.
    pub(crate) fn real_name(&self, name: &str) -> String {
        format!("{}{name}", self.real)
    }

    /// A `Set-Cookie` as the browser gets it.
    pub(crate) fn outbound(&self, cookie: &str) -> String {
        let mut parts = cookie.split("; ");
        let pair = parts.next().unwrap_or_default();
        let mut out = pair
            .strip_prefix(self.real)
            .map_or_else(|| pair.to_owned(), |bare| format!("{}{bare}", self.seen));
        for part in parts {
            let name = part.split('=').next().unwrap_or_default();
            if self.without.contains(&name) || (name == "SameSite" && self.same_site.is_some()) {
                continue;
            }
            out.push_str("; ");
            out.push_str(part);
        }
        match self.same_site.as_deref() {
            None | Some("unset") => {}
            Some(value) => {
                out.push_str("; SameSite=");
                out.push_str(value);
            }
        }
        out
    }

    /// Names and values as the app gets them. Of several of one name the first counts where the browser cannot tell them apart: so
    /// it is with most servers.
    pub(crate) fn inbound(&self, header: &str) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in header.split(';').map(str::trim) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let ours = name.strip_prefix(self.seen).filter(|bare| bare.starts_with(BASE));
            let name = ours.map_or_else(|| name.to_owned(), |bare| format!("{}{bare}", self.real));
            if self.seen == self.real || !pairs.iter().any(|(other, _)| *other == name) {
                pairs.push((name, value.to_owned()));
            }
        }
        pairs
    }
}
