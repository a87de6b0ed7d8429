//! Records of keys.

use crate::fault::Answer;
use async_trait::async_trait;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::{Receipt, Trail};
use cloakroom_model::words::id::KeyId;

/// How adding a key ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Done(Receipt),
    /// Its id, or its number within its purpose, is taken.
    Taken,
}

/// How moving a key on ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advanced {
    /// It is in its new state.
    Done(Receipt),
    /// It is not in the state it should leave.
    Elsewhere(KeyState),
    /// There is no such key.
    Absent,
}

/// Keys and their life.
#[async_trait]
pub trait Keys: Send + Sync {
    /// All keys of a purpose, by number.
    async fn of_purpose(&self, purpose: &str) -> Answer<Vec<KeyRecord>>;

    /// Adds a key.
    async fn add(&self, key: KeyRecord, trail: &Trail) -> Answer<Added>;

    /// Moves a key from one state to a later one. Destroying wipes its bytes.
    async fn advance(&self, key: KeyId, from: KeyState, to: KeyState, trail: &Trail) -> Answer<Advanced>;
}
