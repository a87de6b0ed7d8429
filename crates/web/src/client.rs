//! Who sent a request, as coarsely as it is noted.

use cloakroom_model::records::event::Origin;
use cloakroom_model::records::session::Device;
use cloakroom_rules::session::binding::Client;
use core::net::{IpAddr, Ipv6Addr};
use http::header::USER_AGENT;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::Arc;

/// The address of the peer. Whoever knows it (the accept loop, a trusted proxy's header) puts it into the request's
/// extensions; nothing is read from headers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// The id of a request, as the answer and the log have it. Whoever draws it puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Parsed once, not with every request.
pub(crate) static SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
pub(crate) static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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

/// What is known of the sender, not yet looked at: most requests need none of it.
#[derive(Clone)]
pub(crate) struct Sender {
    agent: Option<HeaderValue>,
    peer: Option<IpAddr>,
    request: Option<RequestId>,
}

impl Sender {
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        Self {
            agent: headers.get(USER_AGENT).cloned(),
            peer: extensions.get::<PeerAddress>().map(|PeerAddress(peer)| *peer),
            request: extensions.get::<RequestId>().cloned(),
        }
    }

    fn agent(&self) -> &str {
        self.agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn network(&self) -> Option<String> {
        self.peer.map(prefix)
    }

    /// Where the event log should say the request came from.
    pub(crate) fn origin(&self) -> Origin {
        let request = self.request.as_ref().map(|RequestId(id)| id.to_string()).unwrap_or_default();
        Origin { address: self.network().unwrap_or_default(), request }
    }

    /// What a decision may look at.
    pub(crate) fn client(&self) -> Client {
        let agent = named(self.agent(), &FAMILIES).map(str::to_owned);
        Client { address: self.network(), agent, tls: None }
    }

    /// What a devices page shows.
    pub(crate) fn device(&self) -> Device {
        let (family, system) = (named(self.agent(), &FAMILIES), named(self.agent(), &SYSTEMS));
        let label = match (family, system) {
            (Some(family), Some(system)) => format!("{family} on {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => "Unknown device".to_owned(),
        };
        Device {
            label,
            agent: family.unwrap_or_default().to_owned(),
            address: self.network().unwrap_or_default(),
        }
    }
}

/// The network of an address: what stays while somebody roams in it.
fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            [a, b, c].into_iter().fold(String::with_capacity(16), in_decimal) + "0/24"
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// A number and a dot. With every request: `format!` takes a good part of a look at a session.
fn in_decimal(mut text: String, number: u8) -> String {
    let digit = |value: u8| char::from(b'0' + value % 10);
    if number >= 100 {
        text.push(digit(number / 100));
    }
    if number >= 10 {
        text.push(digit(number / 10));
    }
    text.push(digit(number));
    text.push('.');
    text
}

/// Whether a browser is on its way to a page, rather than a script asking.
#[must_use]
pub fn is_navigation(headers: &HeaderMap) -> bool {
    match headers.get(&SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => headers
            .get(http::header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html")),
    }
}

/// Methods that change nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

/// Whether a request opens a WebSocket: by an upgrade (RFC 6455), or as a stream of HTTP/2 (RFC 8441), which has neither the
/// header nor a key.
pub(crate) fn is_websocket(method: &Method, headers: &HeaderMap) -> bool {
    let upgrades =
        headers.get(http::header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    upgrades
        || headers.contains_key(http::header::SEC_WEBSOCKET_KEY)
        || (*method == Method::CONNECT && headers.contains_key(http::header::SEC_WEBSOCKET_VERSION))
}

#[cfg(test)]
mod tests;
