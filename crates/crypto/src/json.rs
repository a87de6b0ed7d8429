//! Strict JSON: an object in which no member stands twice, at any depth, and which is not deep.

use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
pub use serde_json::{Map, Number, Value};

/// An object whose members are told apart by name.
pub type Object = Map<String, Value>;

/// How deep values may be nested.
const DEPTH: u8 = 16;
/// The last second of the year 9999: no date of ours lies behind it.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// An object from its text.
pub fn object(text: &[u8]) -> Result<Object, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { left: DEPTH }.deserialize(&mut reader).map_err(|_| Malformed)?;
    reader.end().map_err(|_| Malformed)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Malformed),
    }
}

/// A date that is a number of seconds. Text is none, however much it looks like one.
#[must_use]
pub fn date(value: &Value) -> Option<Time> {
    if let Some(seconds) = value.as_i64() {
        let is_a_date = (0..=LAST_SECOND as i64).contains(&seconds);
        return is_a_date.then(|| Time::from_millis(seconds * 1_000));
    }
    let seconds = value.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds))?;
    Some(Time::from_millis((seconds * 1_000.0) as i64))
}

/// A time as such a date, in whole seconds.
#[must_use]
pub fn seconds(time: Time) -> Value {
    Value::from(time.millis().div_euclid(1_000))
}

#[derive(Clone, Copy)]
struct Strict {
    left: u8,
}

impl Strict {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let left = self.left.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without members that stand twice")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut all = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inside)?;
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests;
