//! What the pages work with.

use super::loops::Loops;
use crate::config::App;
use crate::pages::{Frame, Page, Pages};
use axum::body::Body;
use axum::response::Response;
use cloakroom_authority::people::People;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::subject::Group;
use cloakroom_web::refusals;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use std::sync::Arc;

/// Whoever is in this group operates Cloakroom.
pub(crate) const OPERATORS: &str = "cloakroom-operators";

/// What a page may do whose answer no policy is around yet.
const SHIELD: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Desk(Arc<DeskParts>);

/// What is on it.
#[derive(Debug)]
pub(crate) struct DeskParts {
    /// The people.
    pub(crate) people: People,
    /// The pages.
    pub(crate) pages: Pages,
    /// The apps.
    pub(crate) apps: Vec<App>,
    /// Where browsers reach the auth host.
    pub(crate) public_url: WebOrigin,
    /// Browsers that go round in circles, by the digest of what they hold.
    pub(crate) loops: Arc<Loops>,
    /// Whether letters can be sent.
    pub(crate) has_mail: bool,
    /// Whether this is a machine of somebody who develops.
    pub(crate) is_dev: bool,
}

impl core::ops::Deref for Desk {
    type Target = DeskParts;

    fn deref(&self) -> &DeskParts {
        &self.0
    }
}

impl Desk {
    pub(crate) fn new(parts: DeskParts) -> Self {
        Self(Arc::new(parts))
    }

    /// What a page knows that is for nobody in particular.
    pub(crate) fn frame(&self, language: &str) -> Frame {
        Frame {
            language: language.to_owned(),
            home: self.public_url.as_str().to_owned(),
            dev: self.is_dev,
            ..Frame::default()
        }
    }

    /// A page as an answer, for a host that puts what a page needs around it.
    pub(super) fn answer(&self, status: StatusCode, page: &Page, frame: &Frame) -> Response {
        let Some(text) = self.pages.draw(page, frame) else {
            return refusals::OVERLOADED.answer::<Body>();
        };
        let mut answer = Response::new(Body::from(text));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    /// A page that nothing is around: it brings what it needs along.
    pub(crate) fn show(&self, status: StatusCode, page: &Page, language: &str) -> Response {
        shielded(self.answer(status, page, &self.frame(language)))
    }

    /// Where the apps are that somebody may use.
    pub(crate) fn apps_of(&self, groups: &[Group]) -> Vec<String> {
        let theirs = self.apps.iter().filter(|app| app.lets_in(groups));
        theirs.map(|app| app.origin.to_string()).collect()
    }

    /// The app of a host.
    pub(crate) fn app(&self, host: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.origin.host().as_str() == host)
    }
}

/// Puts what a page of ours needs around an answer that is without it.
pub(super) fn shielded(mut answer: Response) -> Response {
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, SHIELD),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
}

/// Whether somebody operates Cloakroom.
pub(crate) fn operates(groups: &[Group]) -> bool {
    groups.iter().any(|group| group.as_str() == OPERATORS)
}
