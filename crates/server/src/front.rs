//! The public listener's requests: whose host they are for, from whom they really are, and what is written down of them.

use crate::app_host::{AppHost, RESERVED};
use crate::auth_host::{Desk, Reader, explain};
use crate::config::Network;
use crate::net::{Answers, Paced};
use arc_swap::ArcSwap;
use axum::body::Body;
use axum::response::Response;
use cloakroom_model::ports::{Clock, Entropy};
use cloakroom_model::words::text::base64url;
use cloakroom_web::client::{PeerAddress, RequestId, is_navigation};
use cloakroom_web::problem::Problem;
use cloakroom_web::refusals;
use cloakroom_web::router::Protected;
use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::pin::Pin;
use core::time::Duration;
use http::header::{ACCEPT_LANGUAGE, CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body::Body as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower_service::Service;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A request that no server could read in one way only.
const AMBIGUOUS: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    slug: "bad-request",
    title: "The request does not say whom it is for",
    hint: "send the Host header once",
};

/// Forwarded headers on a machine of somebody who develops: there is no proxy there.
const NO_PROXY: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    slug: "bad-request",
    title: "There is no proxy in front of `cloakroom dev`",
    hint: "open it directly; behind a proxy run `cloakroom serve` with trusted_proxies",
};

/// A proxy of ours says from whom a request is, and nobody can read it.
const NO_SENDER: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    slug: "bad-request",
    title: "The proxy does not say whom the request is from",
    hint: "each proxy appends the address of its peer to X-Forwarded-For",
};

/// A method that nothing here is meant for.
const NO_METHOD: Problem = Problem {
    status: StatusCode::METHOD_NOT_ALLOWED,
    slug: "bad-request",
    title: "This method is not supported",
    hint: "use GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or one of WebDAV's",
};

/// What is behind the public listener now. Another configuration brings another, and what is under way stays with the one it began with.
pub(crate) struct Fronts(ArcSwap<Front>);

impl Fronts {
    pub(crate) fn of(front: Front) -> Arc<Self> {
        Arc::new(Self(ArcSwap::from_pointee(front)))
    }

    pub(crate) fn put(&self, front: Front) {
        self.0.store(Arc::new(front));
    }
}

impl Answers for Fronts {
    fn answer(
        self: Arc<Self>,
        request: Request<Body>,
        peer: IpAddr,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        self.0.load_full().answer(request, peer)
    }

    fn counts(&self, peer: IpAddr) -> bool {
        self.0.load().counts(peer)
    }
}

/// The methods there are: HTTP's own without TRACE and CONNECT, and those of WebDAV.
const METHODS: [&str; 16] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];
/// How long a form of ours may take to come.
const FORMS_WITHIN: Duration = Duration::from_secs(30);

/// Everything behind the public listener.
pub(crate) struct Front {
    pub(crate) auth: Protected,
    pub(crate) desk: Desk,
    pub(crate) apps: BTreeMap<String, AppHost>,
    pub(crate) trusted: Vec<Network>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The name of a host without its port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The one host a request is for.
fn host_of(request: &Request<Body>) -> Option<String> {
    let mut said = request.headers().get_all(HOST).iter();
    let in_header = said.next().map(|host| host.to_str().map(|host| name(host).to_ascii_lowercase()));
    if said.next().is_some() {
        return None;
    }
    let in_line = request.uri().authority().map(|authority| name(authority.as_str()).to_ascii_lowercase());
    match (in_header, in_line) {
        (Some(Err(_)), _) | (None, None) => None,
        (Some(Ok(header)), Some(line)) if header != line => None,
        (Some(Ok(host)), _) | (None, Some(host)) => Some(host),
    }
}

/// An address as proxies write it: alone, or with a port.
fn address_of(text: &[u8]) -> Option<IpAddr> {
    let text = core::str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let alone = bare.unwrap_or(text).parse::<IpAddr>().ok();
    alone
        .or_else(|| text.parse::<SocketAddr>().ok().map(|with| with.ip()))
        .map(|address| address.to_canonical())
}

/// Whether a request claims to have come through a proxy.
fn is_forwarded(headers: &HeaderMap) -> bool {
    headers
        .keys()
        .any(|name| name.as_str().starts_with("x-forwarded-") || name == "forwarded" || name == "x-real-ip")
}

impl Front {
    /// Whom a request is really from: the last address in the list that is not a proxy of ours. A list that cannot be read names nobody.
    fn sender(&self, headers: &HeaderMap, peer: IpAddr) -> Option<IpAddr> {
        let is_trusted = |address: IpAddr| self.trusted.iter().any(|network| network.contains(address));
        if !is_trusted(peer) {
            return Some(peer);
        }
        let lines = headers.get_all(&FORWARDED_FOR).iter();
        let listed: Vec<&[u8]> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
        let mut from = peer;
        for address in listed.into_iter().rev() {
            // A proxy of ours wrote this one: what is no address is nobody's.
            from = address_of(address)?;
            if !is_trusted(from) {
                break;
            }
        }
        Some(from)
    }

    fn request_id(&self) -> String {
        let mut random = [0u8; 12];
        match self.entropy.fill(&mut random) {
            Ok(()) => base64url(&random),
            Err(_) => String::new(),
        }
    }

    async fn routed(self: &Arc<Self>, mut request: Request<Body>, peer: IpAddr) -> (String, Response) {
        let Some(host) = host_of(&request) else { return (String::new(), AMBIGUOUS.answer::<Body>()) };
        if !METHODS.contains(&request.method().as_str()) {
            return (host, NO_METHOD.answer::<Body>());
        }
        if self.desk.is_dev && is_forwarded(request.headers()) {
            return (host, NO_PROXY.answer::<Body>());
        }
        request.extensions_mut().insert(PeerAddress(peer));
        if host == self.desk.public_url.name() || request.uri().path().starts_with(RESERVED) {
            request = request.map(|body| Paced::all(body, FORMS_WITHIN));
        }
        if host == self.desk.public_url.name() {
            let mut auth = self.auth.clone();
            let answered = Service::<Request<Body>>::call(&mut auth, request).await;
            return match answered {
                Ok(answer) => (host, answer),
                Err(never) => match never {},
            };
        }
        match self.apps.get(&host).cloned() {
            Some(app) => (host, app.answer(request).await),
            None => (String::new(), refusals::UNKNOWN_HOST.answer::<Body>()),
        }
    }
}

/// The answer to a HEAD has the length of what it would have, and nothing of it. HTTP/2 would send what is there.
fn without_body(answer: &mut Response) {
    if let Some(length) = answer.body().size_hint().exact().filter(|length| *length > 0) {
        answer.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        *answer.body_mut() = Body::empty();
    }
}

/// A path as it may be written down: whatever looks like a secret of ours is not in it.
pub(crate) fn scrubbed(path: &str) -> String {
    let hidden = |part: &str| {
        let is_secret = part.len() > 20
            && part.get(..4).is_some_and(|head| head.starts_with("ck") && head.ends_with('_'));
        if is_secret { "…".to_owned() } else { part.chars().take(200).collect() }
    };
    path.split('/').map(hidden).collect::<Vec<_>>().join("/")
}

impl Answers for Front {
    fn answer(
        self: Arc<Self>,
        mut request: Request<Body>,
        peer: IpAddr,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        Box::pin(async move {
            let began = self.clock.since_boot();
            let id = self.request_id();
            let from = self.sender(request.headers(), peer);
            let (method, path) = (request.method().clone(), scrubbed(request.uri().path()));
            request.extensions_mut().insert(RequestId(id.as_str().into()));
            let accepts = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            let language = self.desk.pages.language("", accepts);
            let is_navigation = is_navigation(request.headers());
            let (host, answer) = match from {
                Some(from) => self.routed(request, from).await,
                None => {
                    tracing::warn!("a trusted proxy sent an x-forwarded-for that cannot be read");
                    (String::new(), NO_SENDER.answer::<Body>())
                }
            };
            let reader = Reader { request: &id, language: &language, is_navigation };
            let mut answer = explain(&self.desk, answer, &reader);
            if method == Method::HEAD {
                without_body(&mut answer);
            }
            if let Ok(value) = HeaderValue::from_str(&id) {
                answer.headers_mut().insert(REQUEST_ID.clone(), value);
            }
            let took = self.clock.since_boot().as_millis() - began.as_millis();
            tracing::info!(
                request = id,
                host,
                %method,
                path,
                status = answer.status().as_u16(),
                ms = took,
                "answered"
            );
            answer
        })
    }

    fn counts(&self, peer: IpAddr) -> bool {
        !self.desk.is_dev && !self.trusted.iter().any(|network| network.contains(peer))
    }
}

#[cfg(test)]
mod tests;
