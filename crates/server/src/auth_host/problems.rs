//! What a problem means: a page for each, where the `type` of an answer leads, and which a browser is shown in the place of JSON.

use super::desk::{Desk, shielded};
use super::refused::NOT_FOUND;
use super::visit::Visit;
use crate::pages::Page;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use cloakroom_web::problem::Problem;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};

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
