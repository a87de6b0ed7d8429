//! The data of a session: one msgpack map from short names to values.

use crate::words::text::Malformed;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an app keeps in a session. Each value is one encoded msgpack value; nothing here looks inside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Data(BTreeMap<Arc<str>, Box<[u8]>>);

impl Data {
    /// The longest name a value may have.
    pub const LONGEST_NAME: usize = 255;

    /// The encoded value under a name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(AsRef::as_ref)
    }

    /// Puts exactly one encoded msgpack value under a name.
    pub fn set(&mut self, name: &str, value: &[u8]) -> Result<(), Malformed> {
        if name.len() > Self::LONGEST_NAME || !skip_value(value)?.is_empty() {
            return Err(Malformed);
        }
        self.0.insert(name.into(), value.into());
        Ok(())
    }

    /// Takes a name away.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Keeps the names that `keep` says yes to.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| keep(name));
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(AsRef::as_ref)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The whole as one msgpack map, names in order.
    #[must_use]
    pub fn to_msgpack(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.0.len() {
            few @ 0..=15 => out.push(0x80 | few as u8),
            many => {
                out.push(0xdf);
                out.extend_from_slice(&(many as u32).to_be_bytes());
            }
        }
        for (name, value) in &self.0 {
            match name.len() {
                short @ 0..=31 => out.push(0xa0 | short as u8),
                long => out.extend_from_slice(&[0xd9, long as u8]),
            }
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(value);
        }
        out
    }

    /// The inverse of [`Self::to_msgpack`]. Names must be in order, so that none stands twice.
    pub fn from_msgpack(bytes: &[u8]) -> Result<Self, Malformed> {
        let (&mark, mut rest) = bytes.split_first().ok_or(Malformed)?;
        let count = match mark {
            0x80..=0x8f => u32::from(mark & 0x0f),
            0xdf => {
                let (count, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
                rest = after;
                u32::from_be_bytes(*count)
            }
            _ => return Err(Malformed),
        };
        let mut data = BTreeMap::<Arc<str>, Box<[u8]>>::new();
        for _ in 0..count {
            let (name, after_name) = split_name(rest)?;
            let after_value = skip_value(after_name)?;
            let value = after_name.get(..after_name.len() - after_value.len()).ok_or(Malformed)?;
            if data.last_key_value().is_some_and(|(last, _)| last.as_ref() >= name) {
                return Err(Malformed);
            }
            data.insert(name.into(), value.into());
            rest = after_value;
        }
        if rest.is_empty() { Ok(Self(data)) } else { Err(Malformed) }
    }
}

fn split_name(bytes: &[u8]) -> Result<(&str, &[u8]), Malformed> {
    let (&mark, rest) = bytes.split_first().ok_or(Malformed)?;
    let (length, rest) = match mark {
        0xa0..=0xbf => (usize::from(mark & 0x1f), rest),
        0xd9 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest)).ok_or(Malformed)?,
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
