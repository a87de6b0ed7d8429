//! An object as it stands in its text: nothing is copied but what is escaped, and no member stands twice, at any depth.

use cloakroom_model::words::text::Malformed;
use cloakroom_model::words::time::Time;
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;

/// How deep values may be nested.
const DEPTH: u8 = 16;
/// How many members an object may have.
const MEMBERS: usize = 256;
/// The last second of the year 9999: no date of ours lies behind it.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Where any crate of the program turns on serde_json's feature `arbitrary_precision`, it is on for us too, and this is how the
/// reader hands a number over: as the one member of an object, with the digits as text.
const NUMBER: &str = "$serde_json::private::Number";

/// Whether that feature is on: nothing else can hold this number.
fn numbers_come_as_text() -> bool {
    "1e999".parse::<Number>().is_ok()
}

/// The members of an object, by name, in the order of their text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members<'a>(Vec<Member<'a>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Member<'a> {
    sketch: u64,
    name: Cow<'a, str>,
    item: Item<'a>,
}

/// The length of a name and how it begins: most names differ in that, and numbers are compared at once.
fn sketch(name: &str) -> u64 {
    let bytes = name.bytes().take(7).fold(0u64, |sketch, byte| sketch << 8 | u64::from(byte));
    bytes << 8 | name.len() as u64 & 0xff
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// `null`.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Cow<'a, str>),
    /// Several values.
    List(Vec<Item<'a>>),
    /// An object.
    Object(Members<'a>),
}

impl<'a> Members<'a> {
    /// The members of the one object that a text is.
    pub fn parse(text: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let item = Strict { left: DEPTH }.deserialize(&mut reader).map_err(|_| Malformed)?;
        reader.end().map_err(|_| Malformed)?;
        match item {
            Item::Object(members) => Ok(members),
            _ => Err(Malformed),
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Item<'a>> {
        let sketch = sketch(name);
        self.0.iter().find(|member| member.sketch == sketch && member.name == name).map(|member| &member.item)
    }

    /// Whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Item<'a>)> {
        self.0.iter().map(|member| (&*member.name, &member.item))
    }

    /// The same, for itself.
    #[must_use]
    pub fn to_object(&self) -> Map<String, Value> {
        self.iter().map(|(name, item)| (name.to_owned(), item.to_value())).collect()
    }

    /// Adds one whose name is new.
    fn add(&mut self, name: Cow<'a, str>, item: Item<'a>) -> Result<(), Malformed> {
        if self.0.len() == MEMBERS || self.has(&name) {
            return Err(Malformed);
        }
        self.0.push(Member { sketch: sketch(&name), name, item });
        Ok(())
    }
}

impl<'a> Item<'a> {
    /// The text that it is.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number that it is.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The object that it is.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Members<'a>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The date that it is: a number of seconds. Text is none, however much it looks like one.
    #[must_use]
    pub fn as_date(&self) -> Option<Time> {
        let Self::Number(number) = self else { return None };
        if let Some(seconds) = number.as_i64() {
            let is_a_date = (0..=LAST_SECOND as i64).contains(&seconds);
            return is_a_date.then(|| Time::from_millis(seconds * 1_000));
        }
        let seconds = number.as_f64().filter(|seconds| (0.0..=LAST_SECOND).contains(seconds))?;
        Some(Time::from_millis((seconds * 1_000.0) as i64))
    }

    /// The same, for itself.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(is_so) => Value::Bool(*is_so),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::from(&**text),
            Self::List(items) => items.iter().map(Item::to_value).collect(),
            Self::Object(members) => Value::Object(members.to_object()),
        }
    }
}

/// Reads one value.
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
    type Value = Item<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Item<'de>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Item<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without members that stand twice")
    }

    fn visit_unit<E>(self) -> Result<Item<'de>, E> {
        Ok(Item::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Item<'de>, E> {
        Ok(Item::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Item<'de>, E> {
        Ok(Item::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Item<'de>, E> {
        Ok(Item::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Item<'de>, E> {
        Number::from_f64(value).map(Item::Number).ok_or_else(|| E::custom("no number"))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Item<'de>, E> {
        Ok(Item::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Item<'de>, E> {
        Ok(Item::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item<'de>, A::Error> {
        let inside = self.inside()?;
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            all.push(item);
        }
        Ok(Item::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Item<'de>, A::Error> {
        let inside = self.inside()?;
        let mut all = Members::default();
        while let Some(name) = members.next_key_seed(Name)? {
            if name == NUMBER && all.0.is_empty() && numbers_come_as_text() {
                let text: Cow<'de, str> = members.next_value_seed(Name)?;
                return text.parse().map(Item::Number).map_err(A::Error::custom);
            }
            let item = members.next_value_seed(inside)?;
            all.add(name, item)
                .map_err(|_| A::Error::custom("a member stands twice, or there are too many"))?;
        }
        Ok(Item::Object(all))
    }
}

/// Reads the name of a member.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Cow<'de, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
