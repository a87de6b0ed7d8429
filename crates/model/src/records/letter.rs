//! Mail that is to be sent.

use crate::words::time::Time;

/// A letter on its way. What it says is sealed: there are links in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its id.
    pub id: [u8; 16],
    /// What it says and to whom.
    pub sealed: Vec<u8>,
    /// When it is tried next.
    pub due: Time,
    /// How often that was done.
    pub tries: u32,
    /// After this it says nothing true any more.
    pub until: Time,
}
