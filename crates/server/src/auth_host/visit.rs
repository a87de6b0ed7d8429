//! One request to a page: who it is from, in which language, and how it is answered.

use super::desk::Desk;
use super::refused::{NOT_FOUND, of};
use crate::pages::{Frame, Page};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cloakroom_authority::people::{Asker, NotDone};
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_rules::audit::tell::By;
use cloakroom_web::extract::{Guarded, IsGuarded, Rejection, Session};
use cloakroom_web::handle::Handle;
use cloakroom_web::problem::see_other;
use cloakroom_web::session_error::SessionError;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

/// A visit.
pub(crate) struct Visit {
    pub(crate) desk: Desk,
    pub(crate) session: Session,
    pub(crate) language: String,
    /// Where a form of this page may end, besides here.
    ends_at: Option<WebOrigin>,
}

/// A state that has a desk.
pub(crate) trait HasDesk: Clone + Send + Sync {
    /// The desk.
    fn desk(&self) -> &Desk;
}

impl HasDesk for Desk {
    fn desk(&self) -> &Desk {
        self
    }
}

impl<A: HasDesk> FromRequestParts<Guarded<A>> for Visit {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &Guarded<A>) -> Result<Self, Rejection> {
        let session = Session::from_request_parts(parts, state).await?;
        let accepts = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let desk = state.app().desk().clone();
        Ok(Self { language: desk.pages.language("", accepts), desk, session, ends_at: None })
    }
}

/// What a visit needs for longer than it is borrowed.
pub(crate) struct Who {
    pub(crate) browser: String,
    pub(crate) network: String,
    pub(crate) by: By,
    pub(crate) language: String,
}

impl Who {
    pub(crate) fn asker(&self) -> Asker<'_> {
        Asker { browser: &self.browser, network: &self.network, by: &self.by, language: &self.language }
    }
}

impl Visit {
    pub(crate) fn handle(&self) -> &Handle {
        self.session.handle()
    }

    /// Who asks.
    pub(crate) fn who(&self) -> Result<Who, SessionError> {
        let handle = self.handle();
        Ok(Who {
            browser: handle.pre_session()?,
            network: handle.network(),
            by: handle.by(),
            language: self.language.clone(),
        })
    }

    /// A form of the page may end at an app: after the redirect that follows it.
    pub(crate) fn ending_at(mut self, origin: Option<WebOrigin>) -> Self {
        self.ends_at = origin;
        self
    }

    /// The same for a page of an app: its form ends where one signs in.
    pub(crate) fn ending_at_home(self) -> Self {
        let home = self.desk.public_url.clone();
        self.ending_at(Some(home))
    }

    /// The page, with the token of its forms.
    pub(crate) async fn page(&self, status: StatusCode, page: &Page) -> Response {
        let csrf = match self.handle().csrf_token().await {
            Ok(csrf) => csrf,
            Err(error) => return error.into_response(),
        };
        // The way out that stands at the top of a page is the auth host's.
        let is_home = *self.handle().site().origin() == self.desk.public_url;
        let who = match self.session.subject() {
            Some(_) if !is_home => None,
            Some(subject) => match self.desk.people.account_of(&subject).await {
                Ok(account) if account.called.is_empty() => {
                    Some(account.names.first().map(|known| known.name.to_string()).unwrap_or_default())
                }
                Ok(account) => Some(account.called),
                Err(_) => Some(String::new()),
            },
            None => None,
        };
        let frame = Frame { csrf, who, ..self.desk.frame(&self.language) };
        let mut answer = self.desk.answer(status, page, &frame);
        if let Some(origin) = &self.ends_at {
            let csp = self.handle().site().settings().csp.clone().forms_may_end_at(origin.clone());
            if let Ok(value) = HeaderValue::from_str(&csp.to_text(None)) {
                answer.headers_mut().insert(CONTENT_SECURITY_POLICY, value);
            }
        }
        answer
    }

    pub(crate) async fn ok(&self, page: &Page) -> Response {
        self.page(StatusCode::OK, page).await
    }

    /// A form again, with what was wrong.
    pub(crate) async fn again(&self, page: &Page) -> Response {
        self.page(StatusCode::UNPROCESSABLE_ENTITY, page).await
    }

    /// What is answered when something could not be done and no form says why.
    pub(crate) async fn not_done(&self, not: &NotDone) -> Response {
        if matches!(not, NotDone::LinkGone) {
            return self.page(StatusCode::GONE, &Page::LinkGone).await;
        }
        let mut answer = of(not).answer::<Body>();
        if let NotDone::TooMany(at) = not {
            let seconds = (at.since(self.desk.people.now()).as_millis().max(1) + 999) / 1_000;
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// The key of what is wrong with a form.
pub(crate) fn error_of(not: &NotDone) -> Option<&'static str> {
    use cloakroom_rules::people::new_password::Weak;
    Some(match not {
        NotDone::Weak(Weak::TooShort) => "error-short",
        NotDone::Weak(Weak::TooLong) => "error-long",
        NotDone::Weak(Weak::Common) => "error-common",
        NotDone::Weak(Weak::Lost) => "error-lost",
        NotDone::Weak(Weak::Guessable) => "error-guessable",
        NotDone::WrongPassword => "error-wrong-password",
        NotDone::WrongCode => "error-code",
        NotDone::Taken => "error-taken",
        NotDone::TooSoon(_) => "error-too-soon",
        _ => return None,
    })
}

pub(crate) async fn not_found() -> Response {
    NOT_FOUND.answer::<Body>()
}

/// Goes on by GET.
pub(crate) fn on_to(path: &str) -> Response {
    see_other::<Body>(path)
}

/// A file of the pages.
fn asset(kind: &'static str, text: &str) -> Response {
    let mut answer = Response::new(Body::from(text.to_owned()));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    answer
}

/// The files of the pages.
pub(crate) fn assets_router<A: HasDesk + 'static>() -> Router<Guarded<A>> {
    let style = |State(state): State<Guarded<A>>| async move {
        asset("text/css; charset=utf-8", state.desk().pages.style())
    };
    let icon =
        |State(state): State<Guarded<A>>| async move { asset("image/svg+xml", state.desk().pages.icon()) };
    Router::new()
        .route("/_cloakroom/assets/style.css", get(style))
        .route("/_cloakroom/assets/icon.svg", get(icon))
}
