//! The paths by which a page renews its token and signs out, and the page that brings a strict cookie along.

use crate::handle::Handle;
use crate::lane::Keeps;
use crate::problem::see_other;
use crate::refusals;
use crate::safe_return::safe_return;
use crate::site::Site;
use crate::token_answer::{granted, not_granted};
use cloakroom_model::words::digest::Digest;
use cloakroom_model::words::text::base64url;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

/// A page renews its token here.
pub(crate) const TOKEN: &str = "/_cloakroom/token";
/// A page signs out here.
pub(crate) const SIGN_OUT: &str = "/_cloakroom/sign-out";
/// Whoever came from another site goes back from here.
pub(crate) const BACK: &str = "/_cloakroom/back";

/// Says for a moment that somebody was sent back already.
const BOUNCED: &str = "cloakroom_start";

/// What of this request is ours to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ours {
    Token,
    SignOut,
    Back,
}

/// Whether the request is for one of the paths.
pub(crate) fn ours(site: &Site, method: &Method, uri: &Uri) -> Option<Ours> {
    let keeps = site.settings().lane.as_ref()?.keeps;
    match (method, uri.path(), keeps) {
        (&Method::POST, TOKEN, Keeps::InMemory) => Some(Ours::Token),
        (&Method::POST, SIGN_OUT, Keeps::InMemory) => Some(Ours::SignOut),
        (&Method::GET, BACK, Keeps::InCookies) => Some(Ours::Back),
        _ => None,
    }
}

/// Only script of this very origin: the browser says so, or says where the request comes from.
fn is_of_our_script(headers: &HeaderMap, site: &Site) -> bool {
    let only = |name: &str| {
        let mut all = headers.get_all(name).iter();
        match (all.next(), all.next()) {
            (Some(one), None) => Some(one.as_bytes()),
            (None, _) => None,
            (Some(_), Some(_)) => Some(&b"twice"[..]),
        }
    };
    let is_fetch = only("sec-fetch-mode").is_none_or(|mode| mode != b"navigate");
    match (only("sec-fetch-site"), only(ORIGIN.as_str())) {
        (Some(b"same-origin"), None) => is_fetch,
        (Some(b"same-origin") | None, Some(origin)) => {
            is_fetch && origin == site.origin().as_str().as_bytes()
        }
        _ => false,
    }
}

/// Answers.
pub(crate) async fn answer(ours: Ours, handle: &Handle, headers: &HeaderMap, uri: &Uri) -> Response<String> {
    if ours == Ours::Back {
        return back(uri);
    }
    if !is_of_our_script(headers, handle.site()) {
        return refusals::CSRF_ORIGIN.answer();
    }
    match ours {
        Ours::Token => match handle.renew_for_script().await {
            Ok(Some(renewed)) => match handle.site().mint(&renewed.held, renewed.read_at) {
                Ok(minted) => granted(&minted, None, handle.site().settings().clock.now()),
                Err(denied) => not_granted(&denied),
            },
            Ok(None) => not_granted(&cloakroom_rules::refusal::Refusal::NotSignedIn.into()),
            Err(error) => error.problem().answer(),
        },
        _ => match handle.sign_out().await {
            Ok(()) => no_content(),
            Err(error) => error.problem().answer(),
        },
    }
}

fn no_content() -> Response<String> {
    let mut answer = Response::new(String::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A click from another site brings no strict cookie along. A page of ours does, once.
pub(crate) fn bounce(handle: &Handle, method: &Method, headers: &HeaderMap) -> Option<Response<String>> {
    let settings = handle.site().settings();
    let is_from_elsewhere = headers.get("sec-fetch-site").is_none_or(|site| site.as_bytes() == b"cross-site");
    // Of this place: two links that are opened one after the other are two.
    let mark: String = base64url(&Digest::of(&[handle.path().as_bytes()]).0).chars().take(12).collect();
    let marker = [&settings.cookie.name(BOUNCED), "=", &mark].concat();
    let was_here = headers.get_all(http::header::COOKIE).iter().any(|cookies| {
        cookies.as_bytes().split(|byte| *byte == b';').any(|one| one.trim_ascii() == marker.as_bytes())
    });
    let is_lost = *method == Method::GET && handle.is_navigation() && is_from_elsewhere && !was_here;
    if !is_lost || handle.has_refresh() || !handle.had_access() {
        return None;
    }
    let to: String = url_encoded(handle.path());
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta name=color-scheme content=\"light dark\"><meta http-equiv=refresh content=\"0; url={BACK}?to={to}\">\
         <title>One moment</title><h1>One moment</h1><p><a href=\"{BACK}?to={to}\">Go on</a></p></html>"
    );
    let mut answer = Response::new(page);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let marker = settings.cookie.set(BOUNCED, &mark, cloakroom_model::words::time::Span::seconds(10));
    if let Some(marker) = marker.ok().and_then(|marker| HeaderValue::from_str(&marker).ok()) {
        headers.insert(SET_COOKIE, marker);
    }
    Some(answer)
}

fn back(uri: &Uri) -> Response<String> {
    let query = uri.query().unwrap_or_default();
    let to = query.strip_prefix("to=").map(url_decoded).unwrap_or_default();
    see_other(safe_return(&to))
}

fn url_encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

fn url_decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => out.push((high * 16 + low) as u8),
                _ => return String::new(),
            },
            other => out.push(other),
        }
    }
    String::from_utf8(out).unwrap_or_default()
}
