//! What a handler's request is answered that never reached it.

use crate::handle::Handle;
use crate::problem::{Problem, see_other};
use crate::refusals;
use crate::session_error::SessionError;
use crate::session_layer::refused;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::Method;
use http::request::Parts;

/// An answer in place of the handler's.
#[derive(Debug)]
pub struct Rejection(Box<Response>);

impl Rejection {
    /// Nobody is signed in: a browser on its way to a page is sent to the sign-in page, and back afterwards.
    pub(super) fn not_signed_in(handle: &Handle, parts: &Parts) -> Self {
        if parts.method == Method::GET && handle.is_navigation() {
            let page = &handle.site().settings().sign_in_page;
            let back = handle.path();
            let mark = if page.contains('?') { '&' } else { '?' };
            let to = format!("{page}{mark}return_to={}", encoded(back));
            return Self(Box::new(see_other::<Body>(&to)));
        }
        let problem = match handle.dead() {
            Some(refusal) => refusals::of(&refusal.into()),
            None => refusals::NOT_SIGNED_IN,
        };
        Self(Box::new(problem.answer::<Body>()))
    }

    pub(super) fn of(problem: &Problem) -> Self {
        Self(Box::new(problem.answer::<Body>()))
    }

    pub(super) fn error(error: &SessionError, handle: &Handle) -> Self {
        Self(Box::new(refused::<Body>(error, handle)))
    }
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
