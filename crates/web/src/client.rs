//! Who sent a request, as coarsely as it is noted.

use cloakroom_model::records::session::Device;
use cloakroom_rules::session::binding::Client;
use core::net::IpAddr;
use http::header::USER_AGENT;
use http::request::Parts;
use http::{Extensions, HeaderMap, Method};

/// The address of the peer. Whoever knows it (the accept loop, a trusted proxy's header) puts it into the request's
/// extensions; nothing is read from headers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

const FAMILIES: [(&str, &str); 8] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("okhttp/", "okhttp"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

fn named(agent: &str, list: &[(&str, &'static str)]) -> Option<&'static str> {
    list.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

/// The network of an address: what stays while somebody roams in it.
fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

pub(crate) fn address(extensions: &Extensions) -> Option<String> {
    extensions.get::<PeerAddress>().map(|PeerAddress(address)| prefix(*address))
}

/// What a decision may look at.
pub(crate) fn client(headers: &HeaderMap, extensions: &Extensions) -> Client {
    Client {
        address: address(extensions),
        agent: named(agent(headers), &FAMILIES).map(str::to_owned),
        tls: None,
    }
}

/// What a devices page shows.
pub(crate) fn device(headers: &HeaderMap, extensions: &Extensions) -> Device {
    let agent = agent(headers);
    let (family, system) = (named(agent, &FAMILIES), named(agent, &SYSTEMS));
    let label = match (family, system) {
        (Some(family), Some(system)) => format!("{family} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    };
    Device {
        label,
        agent: family.unwrap_or_default().to_owned(),
        address: address(extensions).unwrap_or_default(),
    }
}

/// Whether a browser is on its way to a page, rather than a script asking.
pub(crate) fn is_navigation(parts: &Parts) -> bool {
    match parts.headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => parts
            .headers
            .get(http::header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html")),
    }
}

/// Methods that change nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Whether a request opens a WebSocket, over HTTP/1.1 or HTTP/2.
pub(crate) fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(http::header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
        || headers.contains_key(http::header::SEC_WEBSOCKET_KEY)
}

#[cfg(test)]
mod tests;
