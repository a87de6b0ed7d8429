//! The layout of a sealed value: a version, the id of the one key that opens it, a nonce, a ciphertext.

use super::frame::Reader;
use super::text::Malformed;

/// The version byte of this layout.
const VERSION: u8 = 1;
/// What comes before the ciphertext: version, key id, nonce.
const HEADER: usize = 15;
/// The shortest there can be: the header and the tag of an empty plaintext.
const SHORTEST: usize = HEADER + 16;

/// A sealed value taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// The key that opens it.
    pub kid: u16,
    /// The nonce.
    pub nonce: [u8; 12],
    /// Ciphertext and tag.
    pub ciphertext: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Takes sealed bytes apart.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() < SHORTEST {
            return Err(Malformed);
        }
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        let kid = u16::from_be_bytes(reader.fixed()?);
        let nonce = reader.fixed()?;
        Ok(Self { kid, nonce, ciphertext: bytes.get(HEADER..).ok_or(Malformed)? })
    }

    /// Puts a sealed value together.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[VERSION][..], &self.kid.to_be_bytes(), &self.nonce, self.ciphertext].concat()
    }
}

#[cfg(test)]
mod tests;
