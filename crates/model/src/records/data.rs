//! The data of a session: one msgpack map from short names to values.

use crate::words::text::Malformed;
use core::fmt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an app keeps in a session. Each value is one encoded msgpack value; nothing here looks inside. Kept as it is
/// written, names in order; nothing is written for an empty map.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Data(Arc<[u8]>);

const EMPTY: &[u8] = &[0x80];

/// What an app keeps is not for logs.
impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} bytes)", self.0.len())
    }
}

impl Data {
    /// The longest name a value may have.
    pub const LONGEST_NAME: usize = 255;

    /// The encoded value under a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.entries().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Puts exactly one encoded msgpack value under a name.
    pub fn set(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        self.change([(name, Some(value))])
    }

    /// Takes a name away.
    pub fn remove(&mut self, name: &str) {
        self.retain(|other| other != name);
    }

    /// Sets and removes many names in one pass. If one of them cannot be set, nothing is changed.
    pub fn change<'a>(
        &mut self,
        changes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
    ) -> Result<(), Malformed> {
        let mut entries: BTreeMap<_, _> = self.entries().collect();
        for (name, value) in changes {
            match value {
                None => drop(entries.remove(name)),
                Some(value) if name.len() <= Self::LONGEST_NAME && skip_value(value)?.is_empty() => {
                    entries.insert(name, value);
                }
                Some(_) => return Err(Malformed),
            }
        }
        *self = Self::of(&entries);
        Ok(())
    }

    /// Keeps the names that `keep` says yes to.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        let entries: BTreeMap<_, _> = self.entries().filter(|(name, _)| keep(name)).collect();
        *self = Self::of(&entries);
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|(name, _)| name)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole as one msgpack map, names in order.
    #[must_use]
    pub fn as_msgpack(&self) -> &[u8] {
        if self.is_empty() { EMPTY } else { &self.0 }
    }

    /// The inverse of [`Self::as_msgpack`], and nothing else: lengths in their shortest form, names in order, so that
    /// none stands twice.
    pub fn from_msgpack(bytes: &[u8]) -> Result<Self, Malformed> {
        let (mut count, mut rest) = split_count(bytes)?;
        let mut last = None;
        while count > 0 {
            let (name, _, after) = split_entry(rest)?;
            if last.is_some_and(|last| last >= name) {
                return Err(Malformed);
            }
            (count, rest, last) = (count - 1, after, Some(name));
        }
        match rest {
            [] if bytes == EMPTY => Ok(Self::default()),
            [] => Ok(Self(bytes.into())),
            _ => Err(Malformed),
        }
    }

    fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        // What stands here was checked on its way in.
        let mut rest = split_count(&self.0).map_or(&[][..], |(_, rest)| rest);
        core::iter::from_fn(move || {
            let (name, value, after) = split_entry(rest).ok()?;
            rest = after;
            Some((name, value))
        })
    }

    fn of(entries: &BTreeMap<&str, &[u8]>) -> Self {
        let mut out = Vec::new();
        match entries.len() {
            0 => return Self::default(),
            few @ ..=MOST_SHORT => out.push(0x80 | few as u8),
            many => {
                out.push(0xdf);
                out.extend_from_slice(&(many as u32).to_be_bytes());
            }
        }
        for (name, value) in entries {
            match name.len() {
                short @ ..=LONGEST_SHORT => out.push(0xa0 | short as u8),
                long => out.extend_from_slice(&[0xd9, long as u8]),
            }
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(value);
        }
        Self(out.into())
    }
}

const MOST_SHORT: usize = 0x0f;
const LONGEST_SHORT: usize = 0x1f;

fn split_count(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let (&mark, rest) = bytes.split_first().ok_or(Malformed)?;
    match mark {
        0x80..=0x8f => Ok((usize::from(mark & 0x0f), rest)),
        0xdf => {
            let (count, rest) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
            let count = u32::from_be_bytes(*count) as usize;
            if count > MOST_SHORT { Ok((count, rest)) } else { Err(Malformed) }
        }
        _ => Err(Malformed),
    }
}

/// A name, its value, and what comes after both.
fn split_entry(bytes: &[u8]) -> Result<(&str, &[u8], &[u8]), Malformed> {
    let (name, after_name) = split_name(bytes)?;
    let after = skip_value(after_name)?;
    let value = after_name.get(..after_name.len() - after.len()).ok_or(Malformed)?;
    Ok((name, value, after))
}

fn split_name(bytes: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let (&mark, rest) = bytes.split_first().ok_or(Malformed)?;
    let (length, rest) = match mark {
        0xa0..=0xbf => (usize::from(mark & 0x1f), rest),
        0xd9 => match rest.split_first() {
            Some((length, rest)) if usize::from(*length) > LONGEST_SHORT => (usize::from(*length), rest),
            _ => return Err(Malformed),
        },
        _ => return Err(Malformed),
    };
    let (name, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
    Ok((core::str::from_utf8(name).map_err(|_| Malformed)?, rest))
}

/// What follows the first msgpack value. Counts instead of recursing: depth costs nothing.
fn skip_value(mut bytes: &[u8]) -> Result<&[u8], Malformed> {
    let mut due = 1u64;
    while due > 0 {
        let (&mark, rest) = bytes.split_first().ok_or(Malformed)?;
        let (skip, more, rest) = shape(mark, rest)?;
        bytes = rest.get(usize::try_from(skip).map_err(|_| Malformed)?..).ok_or(Malformed)?;
        due = due - 1 + more;
        if due > bytes.len() as u64 {
            return Err(Malformed);
        }
    }
    Ok(bytes)
}

/// For a type byte: how many bytes of content follow, how many values, and what is left after the length.
fn shape(mark: u8, rest: &[u8]) -> Result<(u64, u64, &[u8]), Malformed> {
    let sized = |width: usize| -> Result<(u64, &[u8]), Malformed> {
        let (length, rest) = rest.split_at_checked(width).ok_or(Malformed)?;
        Ok((length.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)), rest))
    };
    let content = |width, extra| sized(width).map(|(length, rest)| (length + extra, 0, rest));
    let values = |width, each| sized(width).map(|(count, rest)| (0, count * each, rest));
    match mark {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Ok((0, 0, rest)),
        0x80..=0x8f => Ok((0, 2 * u64::from(mark & 0x0f), rest)),
        0x90..=0x9f => Ok((0, u64::from(mark & 0x0f), rest)),
        0xa0..=0xbf => Ok((u64::from(mark & 0x1f), 0, rest)),
        0xcc | 0xd0 => Ok((1, 0, rest)),
        0xcd | 0xd1 => Ok((2, 0, rest)),
        0xca | 0xce | 0xd2 => Ok((4, 0, rest)),
        0xcb | 0xcf | 0xd3 => Ok((8, 0, rest)),
        0xd4..=0xd8 => Ok((1 + (1 << (mark - 0xd4)), 0, rest)),
        0xc4 | 0xd9 => content(1, 0),
        0xc5 | 0xda => content(2, 0),
        0xc6 | 0xdb => content(4, 0),
        0xc7 => content(1, 1),
        0xc8 => content(2, 1),
        0xc9 => content(4, 1),
        0xdc => values(2, 1),
        0xdd => values(4, 1),
        0xde => values(2, 2),
        0xdf => values(4, 2),
        0xc1 => Err(Malformed),
    }
}

#[cfg(test)]
mod tests;
