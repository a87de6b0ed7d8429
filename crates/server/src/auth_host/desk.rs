//! What the pages work with.

use super::loops::Loops;
use crate::config::App;
use crate::pages::Pages;
use cloakroom_authority::people::People;
use cloakroom_model::words::origin::WebOrigin;
use cloakroom_model::words::subject::Group;
use std::sync::Arc;

/// Whoever is in this group operates Cloakroom.
pub(crate) const OPERATORS: &str = "cloakroom-operators";

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

/// Whether somebody operates Cloakroom.
pub(crate) fn operates(groups: &[Group]) -> bool {
    groups.iter().any(|group| group.as_str() == OPERATORS)
}
