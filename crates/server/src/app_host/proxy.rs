//! What is not ours is the app's: for who is signed in and may use it.

use super::access::{is_fresh_only, is_public};
use super::demo;
use super::forward::{Caller, Said, Unreachable, Upstream, caller, forward};
use super::identity::tell;
use crate::auth_host::{Desk, encoded, on_to};
use crate::config::App;
use crate::pages::Page;
use axum::body::Body;
use axum::response::Response;
use cloakroom_authority::assertion::Telling;
use cloakroom_model::records::account::Account;
use cloakroom_model::records::session::Session;
use cloakroom_model::words::origin::Scheme;
use cloakroom_rules::csrf::decide::{Decision, Facts, Request as Came, decide};
use cloakroom_web::client::{PeerAddress, RequestId};
use cloakroom_web::detached::Detached;
use cloakroom_web::handle::Handle;
use cloakroom_web::refusals;
use core::convert::Infallible;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, Method, Request, StatusCode};
use std::sync::Arc;
use tower_service::Service;

/// The app behind its sign-in.
#[derive(Debug, Clone)]
pub(super) struct Proxy {
    desk: Desk,
    app: Arc<App>,
    caller: Caller,
    upstream: Option<Upstream>,
}

/// What an app is told of a request, and what ends its streams.
#[derive(Default)]
struct Told<'a> {
    session: Option<&'a Session>,
    account: Option<&'a Account>,
    assertion: Option<&'a str>,
    stream: Option<Detached>,
}

impl Proxy {
    pub(super) fn new(desk: Desk, app: Arc<App>) -> Self {
        let upstream =
            app.upstream.as_ref().and_then(|origin| origin.host().as_str().parse().ok()).map(Upstream);
        Self { desk, app, caller: caller(), upstream }
    }
}

impl Service<Request<Body>> for Proxy {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let proxy = self.clone();
        Box::pin(async move { Ok(proxy.answer(request).await) })
    }
}

/// Whether a request can change something, or opens a way to.
fn is_unsafe(method: &Method, headers: &HeaderMap) -> bool {
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    !is_safe || is_websocket(headers)
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-websocket-key")
        || headers.get("upgrade").is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// One value, or nothing that could be meant.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(one.as_bytes()),
        (None, _) => None,
        (Some(_), Some(_)) => Some(b"twice"),
    }
}

impl Proxy {
    /// Whether a request in somebody's name was meant. The app's own forms have no token of ours: what the browser says of where they
    /// come from must be enough, and one that says nothing at all is refused.
    fn was_meant(&self, method: &Method, headers: &HeaderMap) -> bool {
        if !is_unsafe(method, headers) {
            return true;
        }
        let came = Came {
            fetch_site: only(headers, "sec-fetch-site"),
            fetch_mode: only(headers, "sec-fetch-mode"),
            origin: only(headers, "origin"),
            is_websocket: is_websocket(headers),
            bears_token: false,
        };
        let own = &self.app.origin;
        match decide(&came, &Facts { own, listed: &[] }) {
            Ok(Decision::Pass) => true,
            Ok(Decision::Token) => {
                came.fetch_site == Some(b"same-origin") || came.origin == Some(own.as_str().as_bytes())
            }
            Err(_) => false,
        }
    }

    async fn answer(&self, mut request: Request<Body>) -> Response {
        let Some(handle) = request.extensions_mut().remove::<Handle>() else {
            return refusals::OVERLOADED.answer::<Body>();
        };
        let accepts = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let language = self.desk.pages.language("", accepts);
        let language = language.as_str();
        let page = |status: StatusCode, page: &Page| self.desk.show(status, page, language);
        if let Err(denied) = handle.look().await {
            return refusals::of(&denied).answer::<Body>();
        }
        let session = handle.session().filter(|session| session.subject.is_some());
        let is_public = is_public(&self.app, request.uri().path());
        let host = self.app.origin.host().as_str().to_owned();
        let Some(session) = session else {
            if is_public {
                return self.pass(request, Told::default(), &page).await;
            }
            if handle.is_navigation() && request.method() == Method::GET {
                return on_to(&format!("/_cloakroom/start?to={}", encoded(handle.path())));
            }
            return refusals::NOT_SIGNED_IN.answer::<Body>();
        };
        let authority = self.desk.people.authority();
        let origin = handle.by().origin;
        if !self.was_meant(request.method(), request.headers()) {
            if let Err(denied) = authority.tell_of_csrf(&session, &origin).await {
                return refusals::of(&denied).answer::<Body>();
            }
            return refusals::CSRF_ORIGIN.answer::<Body>();
        }
        let account = match session.subject.as_ref() {
            Some(subject) => match self.desk.people.account_of(subject).await {
                Ok(account) => account,
                Err(cloakroom_authority::people::NotDone::Nobody) => {
                    return refusals::NOT_SIGNED_IN.answer::<Body>();
                }
                Err(_) => return refusals::STORE_DOWN.answer::<Body>(),
            },
            None => return refusals::NOT_SIGNED_IN.answer::<Body>(),
        };
        if !is_public && !self.app.lets_in(&session.groups) {
            if let Err(denied) = authority.tell_of_no_access(&session, &origin).await {
                return refusals::of(&denied).answer::<Body>();
            }
            let who = account.names.first().map(|known| known.name.to_string()).unwrap_or_default();
            return match handle.is_navigation() {
                true => page(StatusCode::FORBIDDEN, &Page::Forbidden { app: host, who }),
                false => refusals::FORBIDDEN.answer::<Body>(),
            };
        }
        if is_fresh_only(&self.app, request.uri().path())
            && !self.app.is_fresh(&session, self.desk.people.now())
        {
            if handle.is_navigation() && request.method() == Method::GET {
                return on_to(&format!("/_cloakroom/step-up?to={}", encoded(handle.path())));
            }
            return refusals::STEP_UP.answer::<Body>();
        }
        let telling = Telling {
            app: self.app.origin.as_str(),
            host: &host,
            method: request.method().as_str(),
            called: &account.called,
            email: account.verified_email().map_or("", |email| email.as_str()),
        };
        let Ok(assertion) = authority.assertion(&session, &telling) else {
            return refusals::STORE_DOWN.answer::<Body>();
        };
        if self.upstream.is_none() {
            let shown = tell(Some(&session), Some(&account), assertion.as_deref());
            let shown = shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            return demo::page(&self.desk, language, shown, &session, &account);
        }
        self.pass(
            request,
            Told {
                session: Some(&session),
                account: Some(&account),
                assertion: assertion.as_deref(),
                stream: handle.detach(),
            },
            &page,
        )
        .await
    }

    async fn pass(
        &self,
        request: Request<Body>,
        told: Told<'_>,
        page: &(dyn Fn(StatusCode, &Page) -> Response + Send + Sync),
    ) -> Response {
        let host = self.app.origin.host().as_str().to_owned();
        let unreachable = || page(StatusCode::BAD_GATEWAY, &Page::Unreachable { app: host.clone() });
        let Some(upstream) = &self.upstream else { return unreachable() };
        let peer = request.extensions().get::<PeerAddress>().map(|PeerAddress(peer)| peer.to_string());
        let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.to_string());
        let scheme = match self.app.origin.scheme() {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let said = Said {
            identity: tell(told.session, told.account, told.assertion),
            session: told.stream,
            host: host.clone(),
            scheme,
            peer: peer.unwrap_or_default(),
            id: id.unwrap_or_default(),
        };
        match forward(&self.caller, upstream, request, said).await {
            Ok(answer) => answer,
            Err(Unreachable) => {
                tracing::warn!(app = host, upstream = %upstream.0, "the app does not answer");
                unreachable()
            }
        }
    }
}
