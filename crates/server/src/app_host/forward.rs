//! A request on its way to an app and back: streamed both ways, with what belongs to one connection left behind.

use super::identity::{strip, strip_cookies, strip_set_cookies};
use super::watched::{Watched, over};
use axum::body::Body;
use axum::response::Response;
use cloakroom_web::detached::Detached;
use core::time::Duration;
use http::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

/// How long an app may take until it can be connected to.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
/// How long it may take until its answer begins.
const ANSWERS_WITHIN: Duration = Duration::from_secs(120);
/// How long a connection to it may lie unused.
const IDLE: Duration = Duration::from_secs(30);

/// Headers of one connection (RFC 9110, section 7.6.1).
const OF_A_CONNECTION: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The way to the apps. Connections are used again.
pub(super) type Caller = Client<HttpConnector, Body>;

pub(super) fn caller() -> Caller {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECTS_WITHIN));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(64)
        .build(connector)
}

/// What a request wants to become, if it wants to become something else.
fn upgrade_of(request: &Request<Body>) -> Option<HeaderValue> {
    let headers = request.headers();
    let names_it = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade")));
    let is_plain = request.version() == Version::HTTP_11;
    headers.get(UPGRADE).filter(|_| names_it && is_plain).cloned()
}

fn strip_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
}

/// Where the app runs.
#[derive(Debug, Clone)]
pub(super) struct Upstream(pub(super) Authority);

/// What is said of a request to the app besides what it says itself.
pub(super) struct Said {
    pub(super) identity: Vec<(&'static str, String)>,
    pub(super) host: String,
    pub(super) scheme: &'static str,
    pub(super) peer: String,
    /// The session that streams end with.
    pub(super) session: Option<Detached>,
}

/// No answer came.
#[derive(Debug)]
pub(super) struct Unreachable;

/// Passes a request on and its answer back.
pub(super) async fn forward(
    caller: &Caller,
    upstream: &Upstream,
    mut request: Request<Body>,
    said: Said,
) -> Result<Response, Unreachable> {
    let becomes = upgrade_of(&request);
    let ours = becomes.is_some().then(|| hyper::upgrade::on(&mut request));
    let session = said.session;
    let headers = request.headers_mut();
    strip_connection(headers);
    strip(headers);
    strip_cookies(headers);
    if let Some(becomes) = &becomes {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, becomes.clone());
    }
    let forwarded = [
        ("x-forwarded-for", said.peer),
        ("x-forwarded-host", said.host.clone()),
        ("x-forwarded-proto", said.scheme.to_owned()),
    ];
    for (name, value) in said.identity.into_iter().chain(forwarded) {
        headers
            .insert(HeaderName::from_static(name), HeaderValue::from_str(&value).map_err(|_| Unreachable)?);
    }
    headers.insert(HOST, HeaderValue::from_str(&said.host).map_err(|_| Unreachable)?);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let uri = Uri::builder().scheme(Scheme::HTTP).authority(upstream.0.clone()).path_and_query(path).build();
    *request.uri_mut() = uri.map_err(|_| Unreachable)?;
    *request.version_mut() = Version::HTTP_11;
    request.extensions_mut().clear();
    let answered = tokio::time::timeout(ANSWERS_WITHIN, caller.request(request)).await;
    let mut answer = answered.map_err(|_| Unreachable)?.map_err(|_| Unreachable)?;
    strip_set_cookies(answer.headers_mut());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let Some(ours) = ours else { return Err(Unreachable) };
        let theirs = hyper::upgrade::on(&mut answer);
        tokio::spawn(async move {
            if let (Ok(ours), Ok(theirs)) = tokio::join!(ours, theirs) {
                let (mut ours, mut theirs) = (TokioIo::new(ours), TokioIo::new(theirs));
                let carried = tokio::io::copy_bidirectional(&mut ours, &mut theirs);
                match session {
                    None => drop(carried.await),
                    Some(session) => tokio::select! {
                        _either_end_closes = carried => {}
                        () = over(&session) => {}
                    },
                }
            }
        });
        answer.headers_mut().remove(TRANSFER_ENCODING);
        return Ok(answer.map(Body::new));
    }
    strip_connection(answer.headers_mut());
    let is_stream = answer
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    Ok(match session.filter(|_| is_stream) {
        Some(session) => answer.map(|body| Watched::body(Body::new(body), session)),
        None => answer.map(Body::new),
    })
}
