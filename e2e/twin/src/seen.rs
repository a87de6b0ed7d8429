//! What came over the wire, as somebody sees it who can read it.

use axum::extract::Request;
use http::header::{COOKIE, HOST, ORIGIN};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Seen {
    /// `https` or `http`: what came over `http` was in the clear.
    pub(crate) scheme: &'static str,
    pub(crate) host: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) cookie: String,
    pub(crate) origin: String,
    pub(crate) fetch_site: String,
    pub(crate) fetch_mode: String,
    /// 0 until it was answered.
    pub(crate) status: u16,
    /// Where the answer sent the browser.
    pub(crate) to: String,
}

impl Seen {
    pub(crate) fn of(request: &Request, scheme: &'static str) -> Self {
        let of = |name: &str| {
            let values: Vec<_> = request
                .headers()
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            values.join("; ")
        };
        Self {
            scheme,
            host: of(HOST.as_str()),
            method: request.method().to_string(),
            path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            cookie: of(COOKIE.as_str()),
            origin: of(ORIGIN.as_str()),
            fetch_site: of("sec-fetch-site"),
            fetch_mode: of("sec-fetch-mode"),
            status: 0,
            to: String::new(),
        }
    }
}
