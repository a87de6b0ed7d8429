//! The people of the built-in directory.

use crate::words::id::UserId;
use crate::words::login_name::LoginName;
use crate::words::subject::{Group, SubjectId};
use crate::words::text::Malformed;
use crate::words::time::Time;
use core::fmt;

/// Whether somebody may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// They may.
    Active,
    /// They may not, and nothing of theirs is alive.
    Disabled,
}

/// The hash of a password as text, in any scheme that can be verified. Not for logs.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A password as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// Its hash.
    pub hash: PasswordHash,
    /// When it was chosen.
    pub changed: Time,
}

/// Something somebody signs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownName {
    /// What.
    pub name: LoginName,
    /// When they last showed that it is theirs. A name without mail is theirs as soon as nobody else has it.
    pub verified: Option<Time>,
}

/// A change of address that the old address can still undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undoable {
    /// The version of the account that it made.
    pub version: u64,
    /// Until when.
    pub until: Time,
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id that people see. As text it is the subject of sessions and tokens.
    pub id: UserId,
    /// Whether they may sign in.
    pub state: AccountState,
    /// What they are called.
    pub called: String,
    /// The language they read, as a tag (`en`, `de`); empty if they never said.
    pub language: String,
    /// What they are in, in order.
    pub groups: Vec<Group>,
    /// What they sign in with. The first address is the one they are written to.
    pub names: Vec<KnownName>,
    /// Their password, if they have one.
    pub password: Option<Password>,
    /// The changes of their address that the old one can still undo.
    pub undoable: Vec<Undoable>,
    /// When they came.
    pub created: Time,
    /// Counts changes of the record.
    pub version: u64,
}

impl Account {
    /// Whom sessions and tokens are about.
    pub fn subject(&self) -> Result<SubjectId, Malformed> {
        self.id.to_string().parse()
    }

    /// Where they are written to.
    #[must_use]
    pub fn email(&self) -> Option<&KnownName> {
        self.names.iter().find(|known| known.name.is_email())
    }

    /// Their address, if they have shown that it is theirs.
    #[must_use]
    pub fn verified_email(&self) -> Option<&LoginName> {
        self.email().filter(|known| known.verified.is_some()).map(|known| &known.name)
    }
}
