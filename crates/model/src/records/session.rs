//! The session record.

use super::data::Data;
use crate::words::digest::LookUp;
use crate::words::host::Host;
use crate::words::id::SessionId;
use crate::words::subject::{Group, Method, SubjectId};
use crate::words::time::{Span, Time};

/// What a session is for. Lifetimes and cookies follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A visitor who is not signed in.
    Anonymous,
    /// A signed-in browser.
    Browser,
    /// A signed-in browser that asked to be remembered.
    Remembered,
    /// The operator's console.
    Console,
    /// An app or a script that renews its tokens. Its ticket is never given out.
    Renewed,
}

/// How and when somebody last proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// The methods used, in order.
    pub methods: Vec<Method>,
    /// When.
    pub at: Time,
}

/// The counters a credential depends on, as they stood when its proof was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Generations {
    /// The user's.
    pub user: u64,
    /// The store's.
    pub epoch: u64,
}

impl Generations {
    /// Whether a counter of `now` has passed this one.
    #[must_use]
    pub const fn superseded_by(self, now: Generations) -> bool {
        self.user < now.user || self.epoch < now.epoch
    }
}

/// What is shown on the devices page. Coarse on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// A name the user gave it, or one made from the agent.
    pub label: String,
    /// The family of the browser or app.
    pub agent: String,
    /// A truncated address.
    pub address: String,
}

/// Properties of the client at sign-in, to notice that a ticket has moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Binding {
    /// The prefix of the address.
    pub address: Option<String>,
    /// The family of the agent.
    pub agent: Option<String>,
    /// A TLS fingerprint from a trusted proxy.
    pub tls: Option<String>,
}

/// A session. Which ticket opens it stands beside it, in [`Row`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id that people see.
    pub id: SessionId,
    /// What it is for.
    pub class: Class,
    /// The one host its tickets are good for.
    pub host: Host,
    /// Who is signed in.
    pub subject: Option<SubjectId>,
    /// The session it hangs from and ends with.
    pub parent: Option<SessionId>,
    /// How the user proved it.
    pub assurance: Option<Assurance>,
    /// The user's groups, in order.
    pub groups: Vec<Group>,
    /// The counters it depends on.
    pub generations: Generations,
    /// When it was opened.
    pub created: Time,
    /// When it was last used, as far as was written down.
    pub last_seen: Time,
    /// How long it may lie unused.
    pub idle: Span,
    /// When it ends whatever happens.
    pub absolute: Time,
    /// When its ticket was last replaced.
    pub rotated: Time,
    /// Counts replacements of its ticket: the overlap of CSRF tokens hangs from it.
    pub ticket: u32,
    /// Counts changes of the record; a touch is none.
    pub version: u64,
    /// What the devices page shows.
    pub device: Device,
    /// What it is bound to, if anything was noted.
    pub binding: Option<Binding>,
    /// What the app keeps in it.
    pub data: Data,
}

impl Session {
    /// When it runs out if it is not used again. Sliding never passes the absolute limit.
    #[must_use]
    pub fn expires(&self) -> Time {
        self.last_seen.plus(self.idle).min(self.absolute)
    }
}

/// A session and the digest of the ticket that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The digest of the ticket in use.
    pub look_up: LookUp,
    /// The root key under which tickets of this session are digested.
    pub kid: u16,
    /// The session.
    pub session: Session,
}

/// What a ticket is to the session it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one in use.
    Current,
    /// Handed out by a periodic rotation and not yet presented.
    Pending,
    /// Another one took its place at this time.
    Superseded(Time),
}
