//! The CSRF layer. It stands inside of the session layer, and lets a request through only if it was meant.

use crate::bearer::bears_token;
use crate::client::{SEC_FETCH_MODE, SEC_FETCH_SITE, is_navigation, is_safe, is_websocket};
use crate::form;
use crate::handle::Handle;
use crate::problem::{Problem, see_other};
use crate::refusals;
use crate::replay::Replay;
use crate::session_error::SessionError;
use crate::session_layer::refused;
use crate::site::Site;
use bytes::Bytes;
use cloakroom_rules::csrf::decide::{Decision, Facts, Refusal, Request as Came, decide};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use http::header::{CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use std::borrow::Cow;
use tower_layer::Layer;
use tower_service::Service;

/// Where a browser is sent whose form was refused.
pub const REFUSED_PAGE: &str = "/_cloakroom/refused";

static TOKEN_HEADERS: [HeaderName; 2] =
    [HeaderName::from_static("x-csrf-token"), HeaderName::from_static("x-csrftoken")];

/// The request was meant: it is safe to do what it says.
#[derive(Debug, Clone, Copy)]
pub struct Verified(());

/// The template of the route that a request matched, where the router tells it.
#[derive(Debug, Clone)]
pub struct Template(pub String);

/// Makes [`CsrfService`]s.
#[derive(Debug, Clone)]
pub struct CsrfLayer(pub Site);

impl<S> Layer<S> for CsrfLayer {
    type Service = CsrfService<S>;

    fn layer(&self, inner: S) -> CsrfService<S> {
        CsrfService { inner, site: self.0.clone() }
    }
}

/// An app that hears only what was meant.
#[derive(Debug, Clone)]
pub struct CsrfService<S> {
    inner: S,
    site: Site,
}

/// A header that comes twice matches nothing.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, [u8]>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => Some(Cow::Borrowed(first.as_bytes())),
        Some(_) => Some(Cow::Borrowed(b"twice")),
    }
}

impl<S> CsrfService<S> {
    fn is_exempt(&self, parts: &Parts) -> bool {
        let exempt = &self.site.settings().exempt;
        let matched = template(parts);
        exempt.iter().any(|exempt| exempt.route == matched)
    }

    fn decide(&self, parts: &Parts) -> Result<Decision, Refusal> {
        let of = |name: &HeaderName| only(&parts.headers, name);
        let (fetch_site, fetch_mode, origin) = (of(&SEC_FETCH_SITE), of(&SEC_FETCH_MODE), of(&ORIGIN));
        let came = Came {
            fetch_site: fetch_site.as_deref(),
            fetch_mode: fetch_mode.as_deref(),
            origin: origin.as_deref(),
            is_websocket: is_websocket(&parts.method, &parts.headers),
            bears_token: bears_token(&parts.headers),
        };
        let settings = self.site.settings();
        decide(&came, &Facts { own: &settings.origin, listed: &settings.listed })
    }
}

#[cfg(feature = "axum")]
fn template(parts: &Parts) -> &str {
    match (parts.extensions.get::<axum::extract::MatchedPath>(), parts.extensions.get::<Template>()) {
        (Some(matched), _) => matched.as_str(),
        (None, Some(Template(template))) => template,
        (None, None) => parts.uri.path(),
    }
}

#[cfg(not(feature = "axum"))]
fn template(parts: &Parts) -> &str {
    parts.extensions.get::<Template>().map_or(parts.uri.path(), |Template(template)| template)
}

impl<S, Q, B> Service<Request<Q>> for CsrfService<S>
where
    S: Service<Request<Replay<Q>>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    Q: Body<Data = Bytes> + Send + Unpin + 'static,
    B: From<String> + Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = CsrfFuture<S::Future, Response<B>, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        if is_safe(request.method()) && !is_websocket(request.method(), request.headers()) {
            return CsrfFuture::Direct { running: self.inner.call(request.map(Replay::whole)) };
        }
        let (mut parts, body) = request.into_parts();
        if self.is_exempt(&parts) {
            return CsrfFuture::Direct {
                running: self.inner.call(Request::from_parts(parts, Replay::whole(body))),
            };
        }
        let decided = self.decide(&parts);
        if decided == Ok(Decision::Pass) {
            parts.extensions.insert(Verified(()));
            return CsrfFuture::Direct {
                running: self.inner.call(Request::from_parts(parts, Replay::whole(body))),
            };
        }
        // The service that was polled ready is the one to call.
        let fresh = self.inner.clone();
        let mut inner = core::mem::replace(&mut self.inner, fresh);
        let deciding = Box::pin(async move {
            let Some(handle) = parts.extensions.get::<Handle>().cloned() else {
                return Ok(refusals::CSRF.answer());
            };
            match decided {
                Err(_) => Ok(refuse(&handle, &parts, &refusals::CSRF_ORIGIN).await),
                Ok(_) => match meant(&handle, &parts, body).await {
                    Ok(Some(body)) => {
                        parts.extensions.insert(Verified(()));
                        inner.call(Request::from_parts(parts, body)).await
                    }
                    Ok(None) => Ok(refuse(&handle, &parts, &refusals::CSRF).await),
                    Err(error) => Ok(refused(&error, &handle)),
                },
            }
        });
        CsrfFuture::Boxed { deciding }
    }
}

/// The body, if the request has the token of its session in a header or in front of the body.
async fn meant<Q>(handle: &Handle, parts: &Parts, body: Q) -> Result<Option<Replay<Q>>, SessionError>
where
    Q: Body<Data = Bytes> + Unpin,
{
    let in_header = TOKEN_HEADERS.iter().find_map(|name| only(&parts.headers, name));
    if !handle.can_have_token() {
        return Ok(None);
    }
    let content_type = only(&parts.headers, &CONTENT_TYPE).unwrap_or_default();
    let (token, body) = match in_header {
        Some(token) => (core::str::from_utf8(&token).ok().map(str::to_owned), Replay::whole(body)),
        None => match form::token(&content_type, body).await {
            Ok(read) => read,
            Err(form::Broken) => return Ok(None),
        },
    };
    let Some(token) = token else { return Ok(None) };
    Ok(handle.csrf_is_good(&token).await?.then_some(body))
}

async fn refuse<B: From<String>>(handle: &Handle, parts: &Parts, why: &Problem) -> Response<B> {
    if let Err(denied) = handle.tell_of_csrf().await {
        return refusals::of(&denied).answer();
    }
    if is_navigation(&parts.headers) { see_other(REFUSED_PAGE) } else { why.answer() }
}

type Deciding<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;

pin_project! {
    /// An answer on its way. Only a request whose token must be looked at is boxed.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum CsrfFuture<F, R, E> {
        Direct { #[pin] running: F },
        Boxed { deciding: Deciding<R, E> },
    }
}

impl<F, R, E> core::fmt::Debug for CsrfFuture<F, R, E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CsrfFuture")
    }
}

impl<F: Future<Output = Result<R, E>>, R, E> Future for CsrfFuture<F, R, E> {
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Direct { running } => running.poll(context),
            Projected::Boxed { deciding } => deciding.as_mut().poll(context),
        }
    }
}
