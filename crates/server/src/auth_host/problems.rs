//! What a problem means: a page for each, where the `type` of an answer leads.

use super::visit::Visit;
use crate::pages::Page;
use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;

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

pub(super) async fn page(visit: Visit, Path(slug): Path<String>) -> Response {
    match SLUGS.into_iter().find(|known| *known == slug) {
        Some(slug) => visit.ok(&Page::About { slug }).await,
        None => visit.problem(StatusCode::NOT_FOUND, "not-found", None).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Look;
    use crate::pages::{Frame, Pages};
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
            assert!(pages.draw(&Page::About { slug }, &Frame::default()).is_some(), "{slug}");
        }
    }
}
