//! Sets of keys: by id, and as they are published.

use crate::json::{Object, Value, object};
use crate::jwk::Jwk;
use crate::verifying_key::VerifyingKey;
use cloakroom_model::words::text::Malformed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A published set has no more keys than this; the rest is not read.
const KEYS_AT_MOST: usize = 64;
/// Nor is it longer.
const BYTES_AT_MOST: usize = 256 * 1_024;

/// The text of a published set.
#[must_use]
pub fn publish<'a>(keys: impl IntoIterator<Item = &'a Jwk>) -> String {
    let keys: Vec<_> = keys.into_iter().map(|key| Value::Object(key.to_object())).collect();
    Value::Object(Object::from_iter([("keys".to_owned(), Value::from(keys))])).to_string()
}

/// Keys by id. What a token names is looked up here and nowhere else.
#[derive(Debug, Clone, Default)]
pub struct KeySet(BTreeMap<String, Arc<VerifyingKey>>);

impl KeySet {
    /// The keys of a published set. One that is not for signatures, or of a kind we do not know, is passed over (RFC 7517,
    /// section 5); two of one id are refused, for either could be meant.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        if text.len() > BYTES_AT_MOST {
            return Err(Malformed);
        }
        let mut object = object(text)?;
        let Some(Value::Array(keys)) = object.remove("keys") else { return Err(Malformed) };
        let mut set = Self::default();
        for key in keys.iter().take(KEYS_AT_MOST).filter_map(Value::as_object) {
            let Ok(jwk) = Jwk::of(key) else { continue };
            let (Some(kid), Ok(parsed)) = (jwk.kid(), VerifyingKey::of(&jwk)) else { continue };
            set.add(kid, parsed)?;
        }
        Ok(set)
    }

    /// Adds a key under an id that is free.
    pub fn add(&mut self, kid: &str, key: VerifyingKey) -> Result<(), Malformed> {
        match self.0.insert(kid.to_owned(), Arc::new(key)) {
            None => Ok(()),
            Some(_) => Err(Malformed),
        }
    }

    /// The key of an id.
    #[must_use]
    pub fn of(&self, kid: &str) -> Option<&Arc<VerifyingKey>> {
        self.0.get(kid)
    }

    /// The ids there are.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
