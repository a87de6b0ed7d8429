//! A receipt: everything that was acknowledged before it was made. Whoever brings one is answered only by a verifier that knows as much.

use super::frame::{put_heads, take_heads};
use cloakroom_crypto::compare::equal;
use cloakroom_crypto::mac::MacKey;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::text::{Malformed, base64url, from_base64url};
use cloakroom_rules::feed::said::{Heads, Incarnation};

/// The header that carries one.
pub const HEADER: &str = "cloakroom-receipt";

/// The version byte of this layout.
const VERSION: u8 = 1;
/// How many bytes of its MAC it has.
const TAG: usize = 16;
/// So long is that of a truth with a thousand writers. A longer one is none.
const LONGEST: usize = 17_000;

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Under which root key it was made.
    pub kid: u16,
    /// Of which truth.
    pub of: Incarnation,
    /// How far that had come.
    pub heads: Heads,
}

/// One that somebody has brought.
#[derive(Debug)]
pub struct Brought {
    /// What it says, whoever wrote it.
    pub says: Receipt,
    body: Vec<u8>,
    /// Its MAC, by which it is known again.
    pub tag: [u8; TAG],
}

impl Receipt {
    /// The value of its header: base64url of version, key number, truth, heads, and the first half of HMAC-SHA-256 over all that.
    #[must_use]
    pub fn to_text(&self, key: &MacKey) -> String {
        let mut writer = Writer::default();
        writer.byte(VERSION).fixed(&self.kid.to_be_bytes()).fixed(&self.of.0);
        put_heads(&mut writer, &self.heads);
        let body = writer.finish();
        base64url(&[&body[..], &key.half(&[&body])].concat())
    }
}

impl Brought {
    /// From its header.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > LONGEST {
            return Err(Malformed);
        }
        let bytes = from_base64url(text)?;
        let (body, tag) = bytes.split_last_chunk::<TAG>().ok_or(Malformed)?;
        let mut reader = Reader::new(body);
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        let (kid, of) = (u16::from_be_bytes(reader.fixed()?), Incarnation(reader.fixed()?));
        let says = Receipt { kid, of, heads: take_heads(&mut reader)? };
        reader.end()?;
        Ok(Self { says, body: body.to_vec(), tag: *tag })
    }

    /// Whether it was made with this key. In constant time.
    #[must_use]
    pub fn is_by(&self, key: &MacKey) -> bool {
        equal(&key.half(&[&self.body]), &self.tag)
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
