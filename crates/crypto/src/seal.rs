//! Sealing: AES-256-GCM-SIV with a random nonce. What is bound to the value but not in it (table, row, cookie
//! name, origin) is associated data; the key id selects exactly one key.

use crate::derive::Unavailable;
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use cloakroom_model::ports::Entropy;
use cloakroom_model::words::frame::Writer;
use cloakroom_model::words::sealed::Sealed;
use cloakroom_model::words::secret::Secret;

/// One sealing key and its id.
pub struct SealKey {
    kid: u16,
    purpose: &'static str,
    key: LessSafeKey,
}

impl core::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "SealKey({})", self.kid)
    }
}

/// A sealed value that is not what it claims to be: another key, another place, or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sealed value does not open")]
pub struct Tampered;

impl SealKey {
    pub(crate) fn new(kid: u16, purpose: &'static str, key: &Secret<[u8; 32]>) -> Result<Self, Unavailable> {
        let unbound = UnboundKey::new(&AES_256_GCM_SIV, key.expose()).map_err(|_| Unavailable)?;
        Ok(Self { kid, purpose, key: LessSafeKey::new(unbound) })
    }

    /// Version, key id and purpose stand before what the caller binds.
    fn associated(&self, place: &[&[u8]]) -> Vec<u8> {
        let mut data = Writer::beginning(&[1]);
        data.fixed(&self.kid.to_be_bytes()).text(self.purpose);
        for part in place {
            data.bytes(part);
        }
        data.finish()
    }

    /// Seals `plaintext` to `place`.
    pub fn seal(
        &self,
        place: &[&[u8]],
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Unavailable> {
        let mut nonce = [0u8; 12];
        entropy.fill(&mut nonce).map_err(|_| Unavailable)?;
        let mut in_out = plaintext.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.associated(place)),
                &mut in_out,
            )
            .map_err(|_| Unavailable)?;
        Ok(Sealed { kid: self.kid, nonce, ciphertext: &in_out }.to_bytes())
    }

    /// Opens what was sealed to `place` under this key.
    pub fn open(&self, place: &[&[u8]], sealed: &[u8]) -> Result<Secret<Vec<u8>>, Tampered> {
        let parts = Sealed::parse(sealed).map_err(|_| Tampered)?;
        if parts.kid != self.kid {
            return Err(Tampered);
        }
        let mut plain = parts.ciphertext.to_vec();
        let nonce = Nonce::assume_unique_for_key(parts.nonce);
        let length = match self.key.open_in_place(nonce, Aad::from(self.associated(place)), &mut plain) {
            Ok(opened) => opened.len(),
            Err(_) => return Err(Tampered),
        };
        plain.truncate(length);
        Ok(Secret::new(plain))
    }
}

#[cfg(test)]
mod tests;
