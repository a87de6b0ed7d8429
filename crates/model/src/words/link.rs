//! The secret in a link that is sent to somebody, or that a browser carries from one host to another.

use super::prefix::SecretKind;
use super::secret::Secret;
use super::text::{Malformed, array_from_base64url, base64url};

/// `ckl_` and 43 characters of base64url.
#[derive(Debug)]
pub struct Link(Secret<[u8; 32]>);

impl Link {
    pub(crate) const fn of(bytes: Secret<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A link from its text.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(SecretKind::Link.prefix()).ok_or(Malformed)?;
        array_from_base64url::<32>(encoded).map(|bytes| Self(Secret::new(bytes)))
    }

    /// The text that is sent.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let encoded = Secret::new(base64url(self.0.expose()));
        Secret::new([SecretKind::Link.prefix(), encoded.expose()].concat())
    }

    /// The 32 bytes that are digested.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests;
