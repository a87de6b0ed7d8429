//! What a verifier follows the feed with. The authority stores nothing of it: it computes the key again from its root key and the id.

use super::frame::Reader;
use super::id::ServiceId;
use super::prefix::SecretKind;
use super::secret::Secret;
use super::text::{Malformed, array_from_base64url, base64url};

/// The version byte of this layout.
const VERSION: u8 = 1;

/// `cks_` base64url(version, key id, service, key).
#[derive(Debug)]
pub struct FeedCredential {
    /// Which root key the key hangs from.
    pub kid: u16,
    /// Whose it is: revoking the service ends it.
    pub service: ServiceId,
    /// Never sent: each end proves to the other that it has it.
    pub key: Secret<[u8; 32]>,
}

impl FeedCredential {
    /// The text that is put where the verifier finds it.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let parts = [&[VERSION][..], &self.kid.to_be_bytes(), &self.service.to_bytes(), self.key.expose()];
        let bytes = Secret::new(parts.concat());
        let encoded = Secret::new(base64url(bytes.expose()));
        Secret::new([SecretKind::ServiceSecret.prefix(), encoded.expose()].concat())
    }

    /// A credential from its text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(SecretKind::ServiceSecret.prefix()).ok_or(Malformed)?;
        let bytes = Secret::new(array_from_base64url::<51>(encoded)?);
        let mut reader = Reader::new(bytes.expose());
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        Ok(Self {
            kid: u16::from_be_bytes(reader.fixed()?),
            service: ServiceId::from_bytes(reader.fixed()?),
            key: Secret::new(reader.fixed()?),
        })
    }
}

#[cfg(test)]
mod tests;
