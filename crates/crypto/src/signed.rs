//! Signing what its holder may read but must not change: HMAC-SHA-256 over the place it belongs to and the text itself.

use crate::mac::MacKey;
use crate::seal::Tampered;
use cloakroom_model::words::signed::Signed;

/// One signing key and its id.
#[derive(Debug)]
pub(crate) struct SignKey {
    kid: u16,
    key: MacKey,
}

impl SignKey {
    pub(crate) const fn new(kid: u16, key: MacKey) -> Self {
        Self { kid, key }
    }

    fn tag(&self, place: &[&[u8]], plain: &[u8]) -> [u8; 32] {
        let kid = self.kid.to_be_bytes();
        self.key.tag(&[&[&kid[..]], place, &[plain]].concat())
    }

    /// Signs `plain` for `place`.
    pub(crate) fn sign(&self, place: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        Signed { kid: self.kid, plain, tag: self.tag(place, plain) }.to_bytes()
    }

    /// What was signed for `place` under this key.
    pub(crate) fn open<'a>(&self, place: &[&[u8]], signed: &'a [u8]) -> Result<&'a [u8], Tampered> {
        let parts = Signed::parse(signed).map_err(|_| Tampered)?;
        let is_ours =
            parts.kid == self.kid && crate::compare::equal(&self.tag(place, parts.plain), &parts.tag);
        if is_ours { Ok(parts.plain) } else { Err(Tampered) }
    }
}

#[cfg(test)]
mod tests;
