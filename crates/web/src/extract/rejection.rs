//! What a handler's request is answered that never reached it.

use crate::handle::Handle;
use crate::problem::{Problem, see_other};
use crate::refusals;
use crate::session_error::SessionError;
use crate::session_layer::refused;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use cloakroom_rules::refusal::Refusal;
use http::Method;
use http::request::Parts;

/// An answer in place of the handler's.
#[derive(Debug)]
pub struct Rejection(Box<Response>);

impl Rejection {
    /// Nobody is signed in: a browser on its way to a page is sent to the sign-in page, and back afterwards.
    pub(super) fn not_signed_in(handle: &Handle, parts: &Parts) -> Self {
        if handle.dead() == Some(Refusal::StepUpRequired) {
            return Self::not_fresh(handle, parts);
        }
        if is_going_to_a_page(handle, parts) {
            return Self::sent(&handle.site().settings().sign_in_page, handle);
        }
        let problem = match handle.dead() {
            Some(refusal) => refusals::of(&refusal.into()),
            None => refusals::NOT_SIGNED_IN,
        };
        Self::of(&problem)
    }

    /// The proof is too old: a browser on its way to a page is sent to the page that asks for a fresh one, and back
    /// afterwards.
    pub(super) fn not_fresh(handle: &Handle, parts: &Parts) -> Self {
        match &handle.site().settings().confirm_page {
            Some(page) if is_going_to_a_page(handle, parts) && !handle.is_confirm_page() => {
                Self::sent(page, handle)
            }
            _ => Self::shown(&refusals::STEP_UP, handle),
        }
    }

    fn sent(page: &str, handle: &Handle) -> Self {
        let mark = if page.contains('?') { '&' } else { '?' };
        let to = format!("{page}{mark}return_to={}", encoded(handle.path()));
        Self(Box::new(see_other::<Body>(&to)))
    }

    /// A problem, as a page for somebody who looks at it in a browser.
    pub(super) fn shown(problem: &Problem, handle: &Handle) -> Self {
        Self(Box::new(if handle.is_navigation() { problem.page() } else { problem.answer() }))
    }

    pub(super) fn of(problem: &Problem) -> Self {
        Self(Box::new(problem.answer::<Body>()))
    }

    pub(super) fn error(error: &SessionError, handle: &Handle) -> Self {
        Self(Box::new(refused::<Body>(error, handle)))
    }
}

fn is_going_to_a_page(handle: &Handle, parts: &Parts) -> bool {
    parts.method == Method::GET && handle.is_navigation()
}

/// A path as the value of a query.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(byte as char)
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A handler may answer with the error of its session as it is.
impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        self.problem().answer::<Body>()
    }
}
