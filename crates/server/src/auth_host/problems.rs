//! What a problem means: a page for each, where the `type` of an answer leads, and which a browser is shown in the place of JSON.

use super::desk::Desk;
use super::visit::Visit;
use crate::pages::{Frame, Page};
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use cloakroom_web::problem::Problem;
use http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};

/// What a page may do whose answer no policy is around yet.
const SHIELD: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

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

/// Puts what a page of ours needs around an answer that is without it.
pub(crate) fn shielded(mut answer: Response) -> Response {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, SHIELD),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
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
    let frame = Frame {
        language: reader.language.to_owned(),
        home: desk.public_url.as_str().to_owned(),
        dev: desk.is_dev,
        ..Frame::default()
    };
    let page = slug
        .and_then(|slug| desk.pages.draw(&Page::About { slug, request: reader.request.to_owned() }, &frame));
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
        Some(slug) => visit.ok(&Page::About { slug, request: String::new() }).await,
        None => visit.problem(StatusCode::NOT_FOUND, "not-found", None).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Look;
    use crate::pages::Pages;
    use std::path::Path;

    /// Problems of apps that are made with the library, which this program never has.
    const OF_LIBRARY_APPS: [&str; 4] = ["bad-claims", "no-tokens", "revocation-unknown", "tampered-cookie"];

    #[test]
    fn every_problem_that_is_documented_has_its_page() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/problems");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
        let mut documented: Vec<String> = files
            .filter_map(|name| Some(name.to_str()?.strip_suffix(".md")?.to_owned()))
            .filter(|name| name != "README" && !OF_LIBRARY_APPS.contains(&name.as_str()))
            .collect();
        documented.sort();
        assert_eq!(documented, SLUGS);
        let pages = Pages::load(&Look::default()).unwrap();
        for slug in SLUGS {
            assert!(
                pages.draw(&Page::About { slug, request: String::new() }, &Frame::default()).is_some(),
                "{slug}"
            );
        }
    }
}
