//! HMAC-SHA-256 over framed parts.

use aws_lc_rs::hmac;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::frame::Writer;
use cloakroom_model::words::prefix::SecretKind;
use cloakroom_model::words::secret::Secret;

/// A key for HMAC-SHA-256, prepared once.
pub struct MacKey(hmac::Key);

impl core::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("MacKey(..)")
    }
}

impl MacKey {
    /// Prepares a derived key.
    #[must_use]
    pub fn new(key: &Secret<[u8; 32]>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose()))
    }

    fn raw(&self, message: &[u8]) -> [u8; 32] {
        let mut out = [0u8; 32];
        out.iter_mut().zip(hmac::sign(&self.0, message).as_ref()).for_each(|(place, byte)| *place = *byte);
        out
    }

    /// The first half of the MAC of bytes as they stand, one part behind the other: for what others compute, too. Parts before the last must
    /// have one length each, or they could be told apart in two ways.
    #[must_use]
    pub fn half(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        let mut out = [0u8; 16];
        out.iter_mut().zip(context.sign().as_ref()).for_each(|(place, byte)| *place = *byte);
        out
    }

    /// The MAC of parts, each framed by its length.
    #[must_use]
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut message = Writer::default();
        for part in parts {
            message.bytes(part);
        }
        self.raw(&message.finish())
    }

    /// Whether `tag` is the MAC of the parts, or its beginning of at least 16 bytes. In constant time.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        let expected = self.tag(parts);
        tag.len() >= 16 && expected.get(..tag.len()).is_some_and(|part| crate::compare::equal(part, tag))
    }

    /// What a store keeps in place of a secret: `HMAC(key, kind | 0 | secret)`.
    #[must_use]
    pub fn look_up(&self, kind: SecretKind, secret: &[u8; 32]) -> LookUp {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.prefix().as_bytes());
        context.update(&[0]);
        context.update(secret);
        let mut out = [0u8; 32];
        out.iter_mut().zip(context.sign().as_ref()).for_each(|(place, byte)| *place = *byte);
        LookUp(out)
    }
}

#[cfg(test)]
mod tests;
