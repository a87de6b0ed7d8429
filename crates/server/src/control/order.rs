//! What can be asked for.

use super::filter::Filter;
use super::head::Head;
use crate::import::Row;
use serde::{Deserialize, Serialize};

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Order {
    /// The operator's way in.
    AdminLink,
    /// Some people after one of them.
    Users {
        after: Option<String>,
        at_most: usize,
    },
    /// Somebody.
    User {
        who: String,
    },
    /// Somebody new.
    AddUser {
        names: Vec<String>,
        called: String,
        password: Option<String>,
        groups: Vec<String>,
        verified: bool,
    },
    /// Somebody is asked to join.
    Invite {
        email: String,
        groups: Vec<String>,
    },
    Uninvite {
        email: String,
    },
    /// Whether somebody may sign in.
    SetActive {
        who: String,
        active: bool,
    },
    /// What somebody is in.
    SetGroups {
        who: String,
        groups: Vec<String>,
    },
    /// The end of an account.
    DeleteUser {
        who: String,
    },
    /// A link to choose a new password.
    Recover {
        who: String,
    },
    /// The sessions of somebody.
    Sessions {
        who: String,
    },
    /// The end of one.
    EndSession {
        session: String,
    },
    /// The end of all of somebody's.
    EndSessions {
        who: String,
    },
    /// The sessions of some people after one of them for which all of this holds.
    FilterSessions {
        after: Option<String>,
        all_of: Vec<Filter>,
    },
    /// The end of these.
    EndThese {
        sessions: Vec<String>,
    },
    /// People from another system.
    Import {
        rows: Vec<Row>,
        dry_run: bool,
    },
    /// A copy of the store.
    Backup {
        to: String,
    },
    /// The newest events.
    Events {
        at_most: usize,
    },
    /// Whether the log is whole, up to its own signed ends and those somebody kept.
    VerifyEvents {
        kept: Vec<Head>,
    },
    /// Where the log ends, signed.
    EventHeads,
    /// The log of one lane after a number.
    EventLinks {
        lane: u32,
        after: u64,
    },
    /// How it goes.
    Health,
    /// The configuration again.
    Reload,
    /// A credential for a verifier.
    AddService,
    /// The end of one.
    RevokeService {
        service: String,
    },
    /// What a secret is that somebody found.
    Inspect {
        text: String,
        revoke: bool,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Answer {
    /// This.
    Done(serde_json::Value),
    /// Nothing, because.
    Not(String),
}
