//! One person on the way in.

use super::hash::{self, Bad};
use cloakroom_model::words::login_name::LoginName;
use serde::{Deserialize, Serialize};

/// Somebody as they were elsewhere, in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Where they stand in the file.
    pub(crate) place: usize,
    /// What they sign in with.
    pub(crate) names: Vec<String>,
    /// Whether the other system had their address shown to be theirs.
    pub(crate) verified: bool,
    /// What they are called.
    pub(crate) called: String,
    /// The hash of their password, in a form that can be verified.
    pub(crate) hash: Option<String>,
    /// What they are in.
    pub(crate) groups: Vec<String>,
    /// Whether they may sign in.
    pub(crate) active: bool,
}

/// Somebody who cannot be taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Where they stand in the file.
    pub(crate) place: usize,
    /// Why. Nothing of the row is in it.
    pub(crate) why: &'static str,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Told {
    /// They are there now.
    Imported,
    /// They would be.
    WouldBe,
    /// They were there before.
    There,
    /// They are not, because.
    Not(String),
}

/// What was found of a person, before it is looked at.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) verified: bool,
    pub(super) called: String,
    pub(super) hash: Option<Result<String, Bad>>,
    pub(super) groups: Vec<String>,
    pub(super) disabled: bool,
}

fn some(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Found {
    /// The row, if it can be one.
    pub(super) fn row(self, place: usize) -> Result<Row, Unread> {
        let no = |why| Err(Unread { place, why });
        let (email, name) = (some(self.email), some(self.name));
        // A user name that is an address is the address, or none.
        let name = name.filter(|name| !name.contains('@') || email.is_none());
        let has_email = email.is_some();
        let names: Vec<String> = email.into_iter().chain(name).collect();
        let is_address = |names: &[String]| names.first().is_some_and(|name| LoginName::email(name).is_ok());
        if has_email && !is_address(&names) {
            return no("the address is none that mail can be sent to");
        }
        if names.is_empty() {
            return no("there is neither an address nor a user name");
        }
        if !names.iter().all(|name| name.parse::<LoginName>().is_ok()) {
            return no("the address or the user name cannot be one here");
        }
        let hash = match self.hash {
            None => None,
            Some(Ok(text)) => match hash::usable(&text) {
                Ok(text) => Some(text),
                Err(bad) => return no(bad.why()),
            },
            Some(Err(bad)) => return no(bad.why()),
        };
        let is_group = |group: &String| group.parse::<cloakroom_model::words::subject::Group>().is_ok();
        if !self.groups.iter().all(is_group) {
            return no("a group is one word of visible characters, 64 at most");
        }
        let called = self.called.trim().chars().filter(|letter| !letter.is_control()).take(100).collect();
        let (groups, active) = (self.groups, !self.disabled);
        Ok(Row { place, names, verified: self.verified, called, hash, groups, active })
    }
}

/// A word that says yes.
pub(super) fn says_yes(text: &str) -> bool {
    ["true", "t", "yes", "y", "1"].contains(&text.trim().to_ascii_lowercase().as_str())
}
