//! The session layer: gives each request its session, and writes what the handler staged before the first byte of the
//! answer goes out.

use crate::client::Sender;
use crate::cookies::Cookies;
use crate::handle::Handle;
use crate::problem::{Problem, see_other};
use crate::refusals;
use crate::session_error::SessionError;
use crate::site::Site;
use crate::token_paths::{answer, bounce, ours};
use cloakroom_authority::Denied;
use cloakroom_model::records::event::Reason;
use cloakroom_rules::refusal::Refusal;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::{HeaderValue, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// An app that keeps drafts in the browser sets it itself.
const CLEAR_SITE_DATA: &str = "clear-site-data";

/// Makes [`SessionService`]s.
#[derive(Debug, Clone)]
pub struct SessionLayer(pub Site);

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> SessionService<S> {
        SessionService { inner, site: self.0.clone() }
    }
}

/// An app whose requests have sessions.
#[derive(Debug, Clone)]
pub struct SessionService<S> {
    inner: S,
    site: Site,
}

impl<S, Q, B> Service<Request<Q>> for SessionService<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: From<String>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let Ok(cookies) = Cookies::of(request.headers(), &self.site) else {
            let (site, sender) = (self.site.clone(), Sender::of(request.headers(), request.extensions()));
            let telling = async move {
                match site.authority().tell_of_cookie(Reason::Duplicate, &sender.origin()).await {
                    Ok(()) => refusals::DUPLICATE_COOKIE,
                    Err(denied) => refusals::of(&denied),
                }
            };
            return SessionFuture::Refusing { telling: Box::pin(telling) };
        };
        let handle = Handle::of(&self.site, cookies, &request);
        if let Some(ours) = ours(&self.site, request.method(), request.uri()) {
            let (answering, headers) = (handle.clone(), request.headers().clone());
            let uri = request.uri().clone();
            let finishing = Box::pin(async move { answer(ours, &answering, &headers, &uri).await });
            return SessionFuture::Own { finishing, handle };
        }
        if let Some(page) = bounce(&handle, request.method(), request.headers()) {
            return SessionFuture::Bounced { page: Some(page) };
        }
        request.extensions_mut().insert(handle.clone());
        SessionFuture::Running { running: self.inner.call(request), handle }
    }
}

type Finishing = Pin<Box<dyn Future<Output = (Result<(), SessionError>, Vec<String>)> + Send>>;

pin_project! {
    /// An answer on its way. Only one that has something to write is boxed.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum SessionFuture<F, B> {
        Refusing { telling: Pin<Box<dyn Future<Output = Problem> + Send>> },
        Own { finishing: Pin<Box<dyn Future<Output = Response<String>> + Send>>, handle: Handle },
        Bounced { page: Option<Response<String>> },
        Running { #[pin] running: F, handle: Handle },
        Finishing { finishing: Finishing, handle: Handle, answer: Option<Response<B>> },
    }
}

impl<F, B> core::fmt::Debug for SessionFuture<F, B> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SessionFuture")
    }
}

impl<F, B, E> Future for SessionFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: From<String>,
{
    type Output = Result<Response<B>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let next = match self.as_mut().project() {
                Projected::Refusing { telling } => {
                    return Poll::Ready(Ok(ready!(telling.as_mut().poll(context)).answer()));
                }
                Projected::Own { finishing, handle } => {
                    let answer = ready!(finishing.as_mut().poll(context)).map(B::from);
                    let (handle, writing) = (handle.clone(), handle.clone());
                    let finishing = Box::pin(async move { writing.finish(true).await });
                    SessionFuture::Finishing { finishing, handle, answer: Some(answer) }
                }
                Projected::Bounced { page } => {
                    return page.take().map_or(Poll::Pending, |page| Poll::Ready(Ok(page.map(B::from))));
                }
                Projected::Running { running, handle } => {
                    let mut answer = ready!(running.poll(context))?;
                    if handle.is_done() {
                        depends(&mut answer, handle);
                        return Poll::Ready(Ok(answer));
                    }
                    let (handle, keep) = (handle.clone(), !answer.status().is_server_error());
                    let writing = handle.clone();
                    let finishing = Box::pin(async move { writing.finish(keep).await });
                    SessionFuture::Finishing { finishing, handle, answer: Some(answer) }
                }
                Projected::Finishing { finishing, handle, answer } => {
                    let finished = ready!(finishing.as_mut().poll(context));
                    let Some(mut answer) = answer.take() else { return Poll::Pending };
                    let (finished, cookies) = finished;
                    if let Err(error) = &finished {
                        // The answer of the handler says that something was done which was not.
                        answer = refused(error, handle);
                    }
                    set(&mut answer, &cookies);
                    depends(&mut answer, handle);
                    // Not "cookies": that would take those of neighbouring hosts along.
                    if handle.has_signed_out() && !answer.headers().contains_key(CLEAR_SITE_DATA) {
                        let value = HeaderValue::from_static("\"cache\", \"storage\"");
                        answer.headers_mut().insert(CLEAR_SITE_DATA, value);
                    }
                    return Poll::Ready(Ok(answer));
                }
            };
            self.set(next);
        }
    }
}

fn set<B>(answer: &mut Response<B>, cookies: &[String]) {
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        answer.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// An answer that depends on a session is nobody else's, unless the app says so; one that carries a cookie of ours never is.
fn depends<B>(answer: &mut Response<B>, handle: &Handle) {
    let sets = answer.headers().contains_key(SET_COOKIE);
    if sets || (handle.was_seen() && !answer.headers().contains_key(CACHE_CONTROL)) {
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// What is answered in place of a handler's answer whose changes could not be written.
pub(crate) fn refused<B: From<String>>(error: &SessionError, handle: &Handle) -> Response<B> {
    let gone = |refusal: &Refusal| {
        matches!(refusal.slug(), "not-signed-in" | "session-expired") && handle.is_navigation()
    };
    match error {
        SessionError::Denied(Denied::Refused(refusal)) if gone(refusal) => {
            see_other(&handle.site().settings().sign_in_page)
        }
        error => error.problem().answer(),
    }
}
