//! Pages of everybody who is not the bank.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Deserialize;

/// A page of somebody who is not the bank.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// `https://host/path`, without its port.
    pub(crate) at: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

/// To the same place over TLS.
pub(crate) fn moved(to: &str) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::MOVED_PERMANENTLY;
    if let Ok(to) = HeaderValue::from_str(to) {
        answer.headers_mut().insert(LOCATION, to);
    }
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Whatever is sent to an attacker is taken.
pub(crate) fn taken() -> Response<Body> {
    let mut answer = Response::new(Body::from("<!doctype html><title>Taken</title><p id=taken>Thank you"));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

impl Page {
    pub(crate) fn answer(&self) -> Response<Body> {
        let mut answer = Response::new(Body::from(self.html.clone()));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                if name == CONTENT_TYPE {
                    headers.insert(name, value)
                } else {
                    headers.append(name, value);
                    None
                };
            }
        }
        answer
    }
}
