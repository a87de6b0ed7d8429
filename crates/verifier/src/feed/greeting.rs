//! How a stream begins: `GET /feed` with `Upgrade: cloakroom-feed/1`, and in each direction what the other end needs to prove itself. The
//! key itself is never sent.

use cloakroom_model::words::frame::Reader;
use cloakroom_model::words::id::ServiceId;
use cloakroom_model::words::text::{Malformed, array_from_base64url, base64url};

/// The path of the feed, on the internal listener.
pub const PATH: &str = "/feed";
/// The protocol, as `Upgrade` names it.
pub const PROTOCOL: &str = "cloakroom-feed/1";
/// The header that carries a greeting, in both directions.
pub const HEADER: &str = "cloakroom-feed";

/// What a verifier begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Greeting {
    /// Which root key its key hangs from.
    pub kid: u16,
    /// Whose it is.
    pub service: ServiceId,
    /// Drawn for this stream.
    pub nonce: [u8; 32],
    /// What only the holder of the key can compute from it: nobody else takes up room. Whoever has read it can say it again, and gets
    /// no further.
    pub proof: [u8; 32],
}

impl Greeting {
    /// The value of its header.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url(&[&self.kid.to_be_bytes()[..], &self.service.to_bytes(), &self.nonce, &self.proof].concat())
    }

    /// A greeting from its header.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bytes = array_from_base64url::<82>(text)?;
        let mut reader = Reader::new(&bytes);
        Ok(Self {
            kid: u16::from_be_bytes(reader.fixed()?),
            service: ServiceId::from_bytes(reader.fixed()?),
            nonce: reader.fixed()?,
            proof: reader.fixed()?,
        })
    }
}

/// What the authority answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Welcome {
    /// Drawn for this stream.
    pub nonce: [u8; 32],
    /// What only the holder of the key can compute.
    pub answer: [u8; 32],
}

impl Welcome {
    /// The value of its header.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url(&[self.nonce, self.answer].concat())
    }

    /// A welcome from its header.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bytes = array_from_base64url::<64>(text)?;
        let mut reader = Reader::new(&bytes);
        Ok(Self { nonce: reader.fixed()?, answer: reader.fixed()? })
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
