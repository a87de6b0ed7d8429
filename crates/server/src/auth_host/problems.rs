//! What a problem means: a page for each, where the `type` of an answer leads, and which a browser is shown in the place of JSON.

use super::desk::{Desk, shielded};
use super::visit::Visit;
use crate::pages::Page;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use cloakroom_authority::people::NotDone;
use cloakroom_web::problem::Problem;
use cloakroom_web::refusals;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

/// Nothing is here, or nothing for whoever asks.
pub(crate) const NOT_FOUND: Problem = Problem {
    status: StatusCode::NOT_FOUND,
    slug: "not-found",
    title: "There is nothing here",
    hint: "look at how the address is written; links of letters end when they were used",
};

/// A bucket of tries is empty.
const TOO_MANY: Problem = Problem {
    status: StatusCode::TOO_MANY_REQUESTS,
    slug: "too-many-attempts",
    title: "Too many attempts",
    hint: "wait as long as Retry-After says",
};

/// A form that no page of ours sends.
const BAD_FORM: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    slug: "bad-request",
    title: "That cannot be done",
    hint: "open the page again and send its form",
};

/// The problems that this program answers with.
pub(super) const SLUGS: [&str; 17] = [
    "bad-request",
    "conflict",
    "csrf-refused",
    "data-too-large",
    "duplicate-cookie",
    "forbidden",
    "malformed-receipt",
    "no-feed-request",
    "no-follower",
    "not-found",
    "not-signed-in",
    "overloaded",
    "session-expired",
    "step-up-required",
    "store-unavailable",
    "too-many-attempts",
    "unknown-host",
];

/// What is answered to somebody who wanted what could not be done.
pub(super) fn of(not: &NotDone) -> Problem {
    match not {
        NotDone::TooMany(_) => TOO_MANY,
        NotDone::Busy => refusals::OVERLOADED,
        NotDone::LinkGone | NotDone::Nobody | NotDone::Closed => NOT_FOUND,
        NotDone::Denied(denied) => refusals::of(denied),
        NotDone::WrongPassword
        | NotDone::WrongCode
        | NotDone::Weak(_)
        | NotDone::Taken
        | NotDone::TooSoon(_) => BAD_FORM,
    }
}

/// Whoever gets a problem: by which request, in which language, and whether a page is what they asked for.
pub(crate) struct Reader<'a> {
    pub(crate) request: &'a str,
    pub(crate) language: &'a str,
    pub(crate) is_navigation: bool,
}

/// An answer that carries a problem says where it is explained; a browser on its way to a page is shown that.
pub(crate) fn explain(desk: &Desk, mut answer: Response, reader: &Reader<'_>) -> Response {
    let Some(problem) = answer.extensions_mut().remove::<Problem>() else { return answer };
    answer.headers_mut().remove(CONTENT_LENGTH);
    let slug = SLUGS.into_iter().find(|slug| *slug == problem.slug && reader.is_navigation);
    let retry = answer.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse().ok());
    let page = slug.and_then(|slug| {
        let page = Page::Problem { slug, retry, request: reader.request.to_owned() };
        desk.pages.draw(&page, &desk.frame(reader.language))
    });
    if let Some(page) = page {
        *answer.body_mut() = Body::from(page);
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        return shielded(answer);
    }
    let pages = format!("{}/problems", desk.public_url);
    *answer.body_mut() = Body::from(problem.explained(&pages, reader.request));
    answer
}

pub(super) async fn page(visit: Visit, Path(slug): Path<String>) -> Response {
    match SLUGS.into_iter().find(|known| *known == slug) {
        Some(slug) => visit.ok(&Page::Problem { slug, retry: None, request: String::new() }).await,
        None => NOT_FOUND.answer::<Body>(),
    }
}

#[cfg(test)]
mod tests;
