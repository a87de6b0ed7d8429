//! The layout of a signed value: a version, the id of the one key that signed it, the text, a tag.

use super::frame::Reader;
use super::text::Malformed;

/// The version byte of this layout.
const VERSION: u8 = 1;
/// What comes before the text: version, key id.
const HEADER: usize = 3;
const TAG: usize = 32;

/// A signed value taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The key that signed it.
    pub kid: u16,
    /// What is signed.
    pub plain: &'a [u8],
    /// The tag.
    pub tag: [u8; TAG],
}

impl<'a> Signed<'a> {
    /// Takes signed bytes apart.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (front, tag) = bytes.split_last_chunk::<TAG>().ok_or(Malformed)?;
        let mut reader = Reader::new(front);
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        let kid = u16::from_be_bytes(reader.fixed()?);
        Ok(Self { kid, plain: front.get(HEADER..).ok_or(Malformed)?, tag: *tag })
    }

    /// Puts a signed value together.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[VERSION][..], &self.kid.to_be_bytes(), self.plain, &self.tag].concat()
    }
}

#[cfg(test)]
mod tests;
