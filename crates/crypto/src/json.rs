//! Strict JSON. It is read as [`Members`], and written, or kept, as an [`Object`].

pub mod members;

use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;
use members::Members;
use serde::Serialize;
pub use serde_json::{Map, Number, Value};

/// An object whose members are told apart by name.
pub type Object = Map<String, Value>;

/// An object from its text.
pub fn object(text: &[u8]) -> Result<Object, Malformed> {
    Members::parse(text).map(|members| members.to_object())
}

/// The object that a value is as JSON, if a reader of ours would take it.
pub fn object_of(value: &impl Serialize) -> Result<Object, Malformed> {
    object(&serde_json::to_vec(value).map_err(|_| Malformed)?)
}

/// A time as a date, in whole seconds.
#[must_use]
pub fn seconds(time: Time) -> Value {
    Value::from(time.millis().div_euclid(1_000))
}

#[cfg(test)]
mod tests;
