//! The verbs of keys.

use super::state::MemoryStore;
use crate::fault::Answer;
use crate::keys::{Added, Advanced, Keys};
use async_trait::async_trait;
use cloakroom_model::records::key::{KeyRecord, KeyState};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::id::KeyId;

#[async_trait]
impl Keys for MemoryStore {
    async fn of_purpose(&self, purpose: &str) -> Answer<Vec<KeyRecord>> {
        let book = self.book.read();
        let mut keys: Vec<_> = book.keys.values().filter(|key| key.purpose == purpose).cloned().collect();
        keys.sort_by_key(|key| key.kid);
        Ok(keys)
    }

    async fn add(&self, key: KeyRecord, trail: &Trail) -> Answer<Added> {
        let mut verb = self.verb();
        let same =
            |other: &KeyRecord| other.id == key.id || (other.purpose == key.purpose && other.kid == key.kid);
        if verb.book.keys.values().any(same) {
            return Ok(Added::Taken);
        }
        verb.book.keys.insert(key.id.to_bytes(), key);
        Ok(Added::Done(verb.done(trail)))
    }

    async fn advance(&self, key: KeyId, from: KeyState, to: KeyState, trail: &Trail) -> Answer<Advanced> {
        let mut verb = self.verb();
        let now = verb.now;
        let Some(record) = verb.book.keys.get_mut(&key.to_bytes()) else { return Ok(Advanced::Absent) };
        if record.state != from || !from.may_become(to) {
            return Ok(Advanced::Elsewhere(record.state));
        }
        record.state = to;
        record.changed = now;
        if to == KeyState::Destroyed {
            record.sealed.clear();
        }
        Ok(Advanced::Done(verb.done(trail)))
    }
}
