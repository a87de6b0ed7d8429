//! A request on its way to an app and back: streamed both ways, with what belongs to one connection left behind.

use super::identity::{strip, strip_cookies, strip_set_cookies};
use super::watched::{Watched, over};
use crate::net::Place;
use axum::body::Body;
use axum::response::Response;
use cloakroom_web::detached::Detached;
use core::time::Duration;
use http::header::{
    CACHE_CONTROL, CONNECTION, HOST, HeaderName, SEC_WEBSOCKET_KEY, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, Version};
use http_body::Body as _;
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
const OF_A_CONNECTION: [&str; 10] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    // Fields behind the body would pass by everything that looks at fields.
    "trailer",
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

/// What a connection may become. Anything else could carry requests that nobody looked at.
const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

fn is_websocket(value: &HeaderValue) -> bool {
    value.as_bytes().eq_ignore_ascii_case(WEBSOCKET.as_bytes())
}

/// Whether a request wants its connection to become a WebSocket.
fn wants_websocket(request: &Request<Body>) -> bool {
    let headers = request.headers();
    let names_it = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade")));
    let is_plain = request.version() == Version::HTTP_11;
    let mut to = headers.get_all(UPGRADE).iter();
    let is_only = (to.next().is_some_and(is_websocket), to.next().is_none()) == (true, true);
    let has_key = headers.contains_key(SEC_WEBSOCKET_KEY);
    names_it && is_plain && is_only && has_key && *request.method() == Method::GET
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

/// What somebody got who is signed in is nothing for caches that others read from.
fn keep_private(headers: &mut HeaderMap) {
    for name in ["cdn-cache-control", "surrogate-control"] {
        headers.remove(name);
    }
    let said: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|word| word.trim().to_ascii_lowercase())
        .collect();
    let is_shared = |word: &String| word == "public" || word.starts_with("s-maxage");
    if said.iter().any(is_shared) {
        let mut kept: Vec<String> = said.iter().filter(|word| !is_shared(word)).cloned().collect();
        kept.push("private".to_owned());
        if let Ok(value) = kept.join(", ").parse() {
            headers.insert(CACHE_CONTROL, value);
        }
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
    pub(super) id: String,
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
    let becomes = wants_websocket(&request);
    let ours = becomes.then(|| hyper::upgrade::on(&mut request));
    let place = request.extensions_mut().remove::<Place>();
    let session = said.session;
    let headers = request.headers_mut();
    strip_connection(headers);
    strip(headers);
    strip_cookies(headers);
    if becomes {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, WEBSOCKET);
    }
    let forwarded = [
        ("x-request-id", said.id),
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
        let is_one = answer.headers().get(UPGRADE).is_some_and(is_websocket);
        let Some(ours) = ours.filter(|_| is_one) else { return Err(Unreachable) };
        let theirs = hyper::upgrade::on(&mut answer);
        tokio::spawn(async move {
            if let (Ok(ours), Ok(theirs)) = tokio::join!(ours, theirs) {
                let (mut ours, mut theirs) = (TokioIo::new(ours), TokioIo::new(theirs));
                let carried = tokio::io::copy_bidirectional(&mut ours, &mut theirs);
                // It is one of the connections of whoever opened it, as long as it lives.
                let ends = async {
                    match place {
                        Some(mut place) => place.until_the_end().await,
                        None => core::future::pending().await,
                    }
                };
                let signed_out = async {
                    match session {
                        Some(session) => over(&session).await,
                        None => core::future::pending().await,
                    }
                };
                tokio::select! {
                    _either_end_closes = carried => {}
                    () = signed_out => {}
                    () = ends => {}
                }
            }
        });
        answer.headers_mut().remove(TRANSFER_ENCODING);
        return Ok(answer.map(Body::new));
    }
    strip_connection(answer.headers_mut());
    if session.is_some() {
        keep_private(answer.headers_mut());
    }
    // Whatever says no length may never end.
    let is_endless = answer.body().size_hint().exact().is_none();
    Ok(match session.filter(|_| is_endless) {
        Some(session) => answer.map(|body| Watched::body(Body::new(body), session)),
        None => answer.map(Body::new),
    })
}
