//! Problem details (RFC 9457): what went wrong, for programs and for people.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};

/// A problem. Everything in it is text of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// Its name, which never changes; a page under `docs/problems/`.
    pub slug: &'static str,
    /// What it is.
    pub title: &'static str,
    /// What to do.
    pub hint: &'static str,
}

impl Problem {
    fn told(&self, kind: &str) -> serde_json::Value {
        serde_json::json!({
            "type": kind,
            "title": self.title,
            "status": self.status.as_u16(),
            "hint": self.hint,
        })
    }

    /// The body of the answer where problems have pages, and requests have ids.
    #[must_use]
    pub fn explained(&self, pages: &str, request: &str) -> String {
        let mut told = self.told(&format!("{pages}/{}", self.slug));
        if let Some(told) = told.as_object_mut() {
            told.insert("request_id".to_owned(), request.into());
        }
        told.to_string()
    }

    /// The answer. It carries the problem along, for whoever explains it further.
    #[must_use]
    pub fn answer<B: From<String>>(&self) -> Response<B> {
        let told = self.told(&format!("urn:cloakroom:problem:{}", self.slug));
        let mut answer = Response::new(B::from(told.to_string()));
        answer.extensions_mut().insert(*self);
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE || self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        answer
    }
}

impl Problem {
    /// The same for somebody who looks at it in a browser.
    #[must_use]
    pub fn page<B: From<String>>(&self) -> Response<B> {
        let Self { title, hint, slug, .. } = self;
        let page = format!(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
             <meta name=color-scheme content=\"light dark\">\
             <title>{title}</title><h1>{title}</h1><p>{hint}</p><p><a href=\"/\">Go to the first page</a></p>\
             <p><small>urn:cloakroom:problem:{slug}</small></p></html>"
        );
        let mut answer = Response::new(B::from(page));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

/// An answer that sends a browser to another page, by GET.
#[must_use]
pub fn see_other<B: From<String>>(to: &str) -> Response<B> {
    let mut answer = Response::new(B::from(String::new()));
    *answer.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(LOCATION, to);
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
