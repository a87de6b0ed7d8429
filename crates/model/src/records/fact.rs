//! Facts: revocations that only grow.

use crate::words::frame::{Reader, Writer};
use crate::words::id::{ClientId, FamilyId, KeyId, ServiceId, SessionId};
use crate::words::subject::SubjectId;
use crate::words::text::Malformed;
use crate::words::time::Time;

/// What a fact is about. A credential carries the keys it depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKey {
    /// A session: revoked.
    Session(SessionId),
    /// A refresh family: revoked.
    Family(FamilyId),
    /// A certificate by its SHA-256: revoked.
    Certificate([u8; 32]),
    /// A service: revoked.
    Service(ServiceId),
    /// The generation of a user.
    User(SubjectId),
    /// The generation of a client.
    Client(ClientId),
    /// The generation of a key: destroyed.
    Key(KeyId),
    /// The generation of the whole store.
    Epoch,
    /// The version of a session: older copies are no evidence.
    Version(SessionId),
}

/// "Whatever hangs from `key` must be at least `at_least`." Joining two facts about one key is taking the
/// larger number, so early, late, twice and out of order are all harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub key: FactKey,
    /// The lowest generation or version that is still good.
    pub at_least: u64,
}

impl Fact {
    /// Beyond every generation: nothing is good any more.
    pub const REVOKED: u64 = u64::MAX;

    /// A fact that ends its key for good.
    #[must_use]
    pub const fn revoke(key: FactKey) -> Self {
        Self { key, at_least: Self::REVOKED }
    }
}

/// A fact and how long it must be kept: until nothing it denies can be alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFact {
    /// The fact.
    pub fact: Fact,
    /// When it may be forgotten; [`Time::MAX`] is never.
    pub until: Time,
}

impl FactKey {
    /// What to do with a kind and its id, which together are the key.
    pub fn with_parts<T>(&self, act: impl FnOnce(u8, &[u8]) -> T) -> T {
        let (kind, id): (u8, &[u8]) = match self {
            Self::Session(id) => (1, &id.to_bytes()),
            Self::Family(id) => (2, &id.to_bytes()),
            Self::Certificate(digest) => (3, digest),
            Self::Service(id) => (4, &id.to_bytes()),
            Self::User(subject) => (5, subject.as_str().as_bytes()),
            Self::Client(id) => (6, &id.to_bytes()),
            Self::Key(id) => (7, &id.to_bytes()),
            Self::Epoch => (8, &[]),
            Self::Version(id) => (9, &id.to_bytes()),
        };
        act(kind, id)
    }

    /// The key as bytes: a kind and its id.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.with_parts(|kind, id| {
            let mut writer = Writer::beginning(&[kind]);
            writer.fixed(id);
            writer.finish()
        })
    }

    /// The inverse of [`Self::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let kind = reader.byte()?;
        let rest = bytes.get(1..).ok_or(Malformed)?;
        let id = || <[u8; 16]>::try_from(rest).map_err(|_| Malformed);
        Ok(match kind {
            1 => Self::Session(SessionId::from_bytes(id()?)),
            2 => Self::Family(FamilyId::from_bytes(id()?)),
            3 => Self::Certificate(rest.try_into().map_err(|_| Malformed)?),
            4 => Self::Service(ServiceId::from_bytes(id()?)),
            5 => Self::User(core::str::from_utf8(rest).map_err(|_| Malformed)?.parse()?),
            6 => Self::Client(ClientId::from_bytes(id()?)),
            7 => Self::Key(KeyId::from_bytes(id()?)),
            8 if rest.is_empty() => Self::Epoch,
            9 => Self::Version(SessionId::from_bytes(id()?)),
            _ => return Err(Malformed),
        })
    }
}

#[cfg(test)]
mod tests;
