//! Records of keys: what a store knows of a key, never the key itself unless it is sealed.

use crate::words::id::KeyId;
use crate::words::time::Time;

/// Where a key is in its life. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyState {
    /// Published, not yet used.
    Next,
    /// In use.
    Active,
    /// No longer used to make anything; what it made is still good.
    Retired,
    /// Nothing it made is good.
    Destroyed,
}

impl KeyState {
    /// Whether a key may go from here to there.
    #[must_use]
    pub const fn may_become(self, next: KeyState) -> bool {
        (self as u8) < (next as u8)
    }
}

/// A key as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// The number that goes into what it makes.
    pub kid: u16,
    /// What it is for, by the name of its purpose.
    pub purpose: String,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created: Time,
    /// When it last changed state.
    pub changed: Time,
    /// A root key: a check value that tells a wrong key file. Another key: its sealed bytes.
    pub sealed: Vec<u8>,
}

#[cfg(test)]
mod tests;
