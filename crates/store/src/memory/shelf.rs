//! A slab with two small indexes: values found by a key that is random already (a keyed digest) and by their
//! session. An index entry is four bytes; a value stands once.

use cloakroom_model::words::id::SessionId;
use hashbrown::HashTable;

/// What can stand on a shelf.
pub trait Shelved {
    /// What it is found by. Its first eight bytes are as good as random.
    type Key: AsRef<[u8]> + Eq;

    /// The key.
    fn key(&self) -> Self::Key;

    /// The session it belongs to.
    fn session(&self) -> SessionId;
}

/// Values by key and by session.
#[derive(Debug)]
pub struct Shelf<V> {
    by_key: HashTable<u32>,
    by_session: HashTable<u32>,
    places: Vec<Option<V>>,
    free: Vec<u32>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self { by_key: HashTable::new(), by_session: HashTable::new(), places: Vec::new(), free: Vec::new() }
    }
}

fn hash_of_key(key: &[u8]) -> u64 {
    key.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The last eight bytes of a version 7 id are random but for two bits.
fn hash_of_session(session: SessionId) -> u64 {
    let random = u128::from_be_bytes(session.to_bytes()) as u64;
    random.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl<V: Shelved> Shelf<V> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many places there are, taken or free.
    #[must_use]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// The value at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&V> {
        self.places.get(place).and_then(Option::as_ref)
    }

    fn place_of_key(&self, key: &V::Key) -> Option<u32> {
        let is_it = |place: &u32| self.at(*place as usize).is_some_and(|value| value.key() == *key);
        self.by_key.find(hash_of_key(key.as_ref()), is_it).copied()
    }

    fn place_of_session(&self, session: SessionId) -> Option<u32> {
        let is_it = |place: &u32| self.at(*place as usize).is_some_and(|value| value.session() == session);
        self.by_session.find(hash_of_session(session), is_it).copied()
    }

    /// The value of a key.
    #[must_use]
    pub fn by_key(&self, key: &V::Key) -> Option<&V> {
        self.at(self.place_of_key(key)? as usize)
    }

    /// The value of a session.
    #[must_use]
    pub fn by_session(&self, session: SessionId) -> Option<&V> {
        self.at(self.place_of_session(session)? as usize)
    }

    /// Puts a value in; one of the same session or of the same key goes out.
    pub fn put(&mut self, value: V) {
        self.take(value.session());
        if let Some(same_key) = self.by_key(&value.key()).map(Shelved::session) {
            self.take(same_key);
        }
        let (key_hash, session_hash) = (hash_of_key(value.key().as_ref()), hash_of_session(value.session()));
        let place = self.free.pop().unwrap_or(self.places.len() as u32);
        match self.places.get_mut(place as usize) {
            Some(empty) => *empty = Some(value),
            None => self.places.push(Some(value)),
        }
        let places = &self.places;
        let at = |place: &u32| places.get(*place as usize).and_then(Option::as_ref);
        self.by_key
            .insert_unique(key_hash, place, |place| at(place).map_or(0, |v| hash_of_key(v.key().as_ref())));
        self.by_session.insert_unique(session_hash, place, |place| {
            at(place).map_or(0, |value| hash_of_session(value.session()))
        });
    }

    /// Takes the value of a session out.
    pub fn take(&mut self, session: SessionId) -> Option<V> {
        let place = self.place_of_session(session)?;
        let value = self.places.get_mut(place as usize)?.take()?;
        let is_place = |other: &u32| *other == place;
        if let Ok(entry) = self.by_session.find_entry(hash_of_session(session), is_place) {
            entry.remove();
        }
        if let Ok(entry) = self.by_key.find_entry(hash_of_key(value.key().as_ref()), is_place) {
            entry.remove();
        }
        self.free.push(place);
        self.give_back();
        Some(value)
    }

    /// When hardly anything is left, so is hardly any memory.
    fn give_back(&mut self) {
        if self.by_key.is_empty() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests;
