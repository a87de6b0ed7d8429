//! The session ticket: what the browser holds.

use super::prefix::SecretKind;
use super::secret::Secret;
use super::shard::Shard;
use super::text::{Malformed, array_from_base64url, base64url};

/// `ckt_` and 43 characters of base64url: two bytes of shard, thirty bytes from the system's generator.
#[derive(Debug)]
pub struct Ticket(Secret<[u8; 32]>);

impl Ticket {
    /// The length of a ticket as text.
    pub const TEXT_LENGTH: usize = 47;

    pub(crate) const fn of(bytes: Secret<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// A ticket from the text of a cookie.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(SecretKind::Ticket.prefix()).ok_or(Malformed)?;
        let bytes = array_from_base64url::<32>(encoded)?;
        let ticket = Self(Secret::new(bytes));
        let [high, low, ..] = *ticket.0.expose();
        Shard::from_bytes([high, low]).ok_or(Malformed)?;
        Ok(ticket)
    }

    /// The text that goes into a cookie.
    #[must_use]
    pub fn to_text(&self) -> Secret<String> {
        let encoded = Secret::new(base64url(self.0.expose()));
        Secret::new([SecretKind::Ticket.prefix(), encoded.expose()].concat())
    }

    /// The same ticket for another holder, wiped by itself.
    #[must_use]
    pub const fn copy(&self) -> Self {
        Self(Secret::new(*self.0.expose()))
    }

    /// The 32 bytes that are digested.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests;
