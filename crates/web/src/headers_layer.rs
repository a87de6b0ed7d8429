//! The outermost layer: security headers on every answer, CORS for listed origins, and the two paths that are ours.

use crate::asked_host::is_ours;
use crate::bearer::{JWKS, RESOURCE_METADATA};
use crate::client::is_navigation;
use crate::csrf_layer::REFUSED_PAGE;
use crate::refusals;
use crate::site::Site;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::scope::Scope;
use cloakroom_rules::headers::cors::{Decision, Request as Asking, decide};
use cloakroom_rules::headers::csp::{Mode, Nonce};
use cloakroom_rules::headers::security;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN, STRICT_TRANSPORT_SECURITY, VARY};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use tower_layer::Layer;
use tower_service::Service;

/// Where browsers tell what a policy stopped.
pub const REPORTS: &str = "/_cloakroom/csp-report";

/// The nonce of an answer: drawn when somebody asks for it.
#[derive(Debug, Clone)]
pub struct NonceSlot {
    site: Site,
    drawn: Arc<OnceLock<Option<Nonce>>>,
}

impl NonceSlot {
    /// The nonce. `None`: the system has no randomness, and no script will run.
    #[must_use]
    pub fn nonce(&self) -> Option<&Nonce> {
        self.drawn.get_or_init(|| Nonce::draw(&*self.site.settings().entropy).ok()).as_ref()
    }
}

/// Makes [`HeadersService`]s.
#[derive(Debug, Clone)]
pub struct HeadersLayer(pub Site);

impl<S> Layer<S> for HeadersLayer {
    type Service = HeadersService<S>;

    fn layer(&self, inner: S) -> HeadersService<S> {
        let site = self.0.clone();
        let fixed = Fixed::of(&site);
        HeadersService { inner, fixed: Arc::new(fixed), site }
    }
}

/// What every answer carries, made once. It is copied as a whole, and what the app says itself is put over it.
#[derive(Debug)]
struct Fixed {
    headers: HeaderMap,
    /// The name of the policy's header.
    csp: HeaderName,
}

impl Fixed {
    fn of(site: &Site) -> Self {
        let settings = site.settings();
        let mut headers: HeaderMap = security::headers(&settings.origin, settings.hsts)
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        if settings.csp_mode == Mode::ReportOnly {
            // What a report-only policy leaves open, and no page misses.
            let least = "base-uri 'none'; frame-ancestors 'none'; object-src 'none'";
            headers.insert(Mode::Enforce.header(), HeaderValue::from_static(least));
        }
        let csp = HeaderName::from_static(settings.csp_mode.header());
        if let Ok(without_nonce) = HeaderValue::from_str(&settings.csp.to_text(None)) {
            headers.insert(&csp, without_nonce);
        }
        Self { headers, csp }
    }
}

/// An app whose answers carry the headers.
#[derive(Debug, Clone)]
pub struct HeadersService<S> {
    inner: S,
    fixed: Arc<Fixed>,
    site: Site,
}

impl<S, Q, B> Service<Request<Q>> for HeadersService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: From<String>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = HeadersFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let slot = NonceSlot { site: self.site.clone(), drawn: Arc::default() };
        let cors = self.cors(&request);
        let is_foreign = !is_ours(&request, &self.site);
        let own = match &cors {
            _ if is_foreign => Some(self.unknown_host(request.headers())),
            Cors { preflight: Some(_), .. } => Some(no_content()),
            _ => self.own_path(request.method(), request.uri().path()),
        };
        let finish = Finish { fixed: self.fixed.clone(), slot: slot.clone(), cors, is_foreign };
        match own {
            Some(answer) => HeadersFuture::Own { answer: Some(answer), finish },
            None => {
                request.extensions_mut().insert(slot);
                HeadersFuture::Running { running: self.inner.call(request), finish }
            }
        }
    }
}

fn no_content<B: From<String>>() -> Response<B> {
    let mut answer = Response::new(B::from(String::new()));
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

/// A page that says what happened, and where the app lives.
fn explained<B: From<String>>(
    status: StatusCode,
    title: &str,
    what: &str,
    origin: &WebOrigin,
) -> Response<B> {
    let mut answer = Response::new(B::from(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta name=color-scheme content=\"light dark\">\
         <title>{title}</title><h1>{title}</h1><p>{what}</p>\
         <p>Go to <a href=\"{origin}/\">{origin}</a> and try again from there.</p></html>"
    )));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

const REFUSED: &str =
    "The page you came from was too old, or another site sent this in your name. Nothing was changed.";

impl<S> HeadersService<S> {
    fn own_path<B: From<String>>(&self, method: &Method, path: &str) -> Option<Response<B>> {
        match (method, path) {
            (&Method::GET, REFUSED_PAGE) => {
                Some(explained(StatusCode::FORBIDDEN, "That was not done", REFUSED, self.site.origin()))
            }
            // Counted, not kept: anybody can send anything here.
            (&Method::POST, REPORTS) => {
                self.site.0.csp_reports.fetch_add(1, Relaxed);
                Some(no_content())
            }
            (&Method::GET, JWKS) => self.published(self.site.authority().jwks().ok()?.as_ref()),
            (&Method::GET, RESOURCE_METADATA) => self.published(&self.metadata()?.to_string()),
            _ => None,
        }
    }

    /// What anybody may read and keep for a while: no longer than a key is published before it signs.
    fn published<B: From<String>>(&self, text: &str) -> Option<Response<B>> {
        let mut answer = Response::new(B::from(text.to_owned()));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=600"));
        Some(answer)
    }

    /// RFC 9728: which tokens this resource takes, and who issues them.
    fn metadata(&self) -> Option<serde_json::Value> {
        let lane = self.site.settings().lane.as_ref()?;
        let policy = self.site.authority().token_policy().ok()?;
        let scopes: Vec<_> = lane.scope.iter().map(Scope::as_str).collect();
        let mut metadata = serde_json::json!({
            "resource": policy.audience.as_str(),
            "jwks_uri": format!("{}{JWKS}", self.site.origin()),
            "scopes_supported": scopes,
            "bearer_methods_supported": ["header"],
        });
        // This app is no authorization server: it has no metadata that a client would find there.
        let issuer = policy.issuer.as_str();
        if let Some(members) = metadata.as_object_mut().filter(|_| issuer != self.site.origin().as_str()) {
            members.insert("authorization_servers".to_owned(), [issuer].as_slice().into());
        }
        Some(metadata)
    }

    /// Where the app lives is said to whoever wants a page: they opened it by another name of this machine, and look for it.
    fn unknown_host<B: From<String>>(&self, headers: &HeaderMap) -> Response<B> {
        let why = refusals::UNKNOWN_HOST;
        match is_navigation(headers) {
            true => explained(why.status, why.title, "It lives at another address.", self.site.origin()),
            false => why.answer(),
        }
    }

    fn cors<Q>(&self, request: &Request<Q>) -> Cors {
        let readers = &self.site.settings().readers;
        if readers.is_empty() {
            return Cors::default();
        }
        let of = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
        let asks_for_method =
            of("access-control-request-method").filter(|_| *request.method() == Method::OPTIONS);
        let value = |origin: &WebOrigin| HeaderValue::from_str(origin.as_str()).ok();
        match decide(&Asking { origin: of(ORIGIN.as_str()), asks_for_method }, readers) {
            Decision::Nothing => Cors { varies: true, ..Cors::default() },
            Decision::Allow(origin) => Cors { varies: true, allow: value(origin), preflight: None },
            Decision::Preflight(origin) => Cors {
                varies: true,
                allow: value(origin),
                preflight: Some(request.headers().get("access-control-request-headers").cloned()),
            },
        }
    }
}

#[derive(Debug, Default)]
struct Cors {
    varies: bool,
    allow: Option<HeaderValue>,
    preflight: Option<Option<HeaderValue>>,
}

#[derive(Debug)]
struct Finish {
    fixed: Arc<Fixed>,
    slot: NonceSlot,
    cors: Cors,
    /// Whether the answer goes to a name that is not the app's.
    is_foreign: bool,
}

impl Finish {
    fn put<B>(&mut self, answer: &mut Response<B>) {
        let headers = answer.headers_mut();
        let of_app = core::mem::replace(headers, self.fixed.headers.clone());
        if let Some(nonce) = self.slot.drawn.get().and_then(Option::as_ref) {
            let policy = self.slot.site.settings().csp.to_text(Some(nonce));
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                headers.insert(&self.fixed.csp, policy);
            }
        }
        headers.extend(of_app);
        if self.is_foreign {
            // What another name may be reached by is not for this app to say.
            headers.remove(STRICT_TRANSPORT_SECURITY);
        }
        self.cors(headers);
    }

    fn cors(&mut self, headers: &mut HeaderMap) {
        if self.cors.varies {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let Some(origin) = self.cors.allow.take() {
            headers.insert("access-control-allow-origin", origin);
            headers.insert("access-control-allow-credentials", HeaderValue::from_static("true"));
        }
        if let Some(asked) = self.cors.preflight.take() {
            headers.insert(
                "access-control-allow-methods",
                HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE"),
            );
            if let Some(asked) = asked {
                headers.insert("access-control-allow-headers", asked);
            }
            headers.insert("access-control-max-age", HeaderValue::from_static("600"));
        }
    }
}

pin_project! {
    /// An answer on its way.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum HeadersFuture<F, B> {
        Own { answer: Option<Response<B>>, finish: Finish },
        Running { #[pin] running: F, finish: Finish },
    }
}

impl<F, B> core::fmt::Debug for HeadersFuture<F, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("HeadersFuture")
    }
}

impl<F, B, E> Future for HeadersFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (mut answer, finish) = match self.project() {
            Projected::Own { answer, finish } => match answer.take() {
                Some(answer) => (answer, finish),
                None => return Poll::Pending,
            },
            Projected::Running { running, finish } => (ready!(running.poll(context))?, finish),
        };
        finish.put(&mut answer);
        Poll::Ready(Ok(answer))
    }
}

/// The nonce of the answer to a request.
#[must_use]
pub fn nonce(extensions: &Extensions) -> Option<&Nonce> {
    extensions.get::<NonceSlot>().and_then(NonceSlot::nonce)
}
