//! The layout of a refresh token. What is inside is public but for the MAC; nothing of it is stored.

use super::frame::Reader;
use super::id::FamilyId;
use super::prefix::SecretKind;
use super::shard::Shard;
use super::text::{Malformed, array_from_base64url, base64url};

/// The version byte of this layout.
const VERSION: u8 = 1;
/// The length of everything before the MAC.
const CLAIM: usize = 25;

/// `ckr_` base64url(version, key id, shard, family, generation, MAC). The MAC covers all before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Which root key the MAC's key hangs from.
    pub kid: u16,
    /// Where a clustered store keeps the family.
    pub shard: Shard,
    /// The family.
    pub family: FamilyId,
    /// Which generation of the family this is.
    pub generation: u32,
    /// Sixteen bytes of HMAC-SHA-256.
    pub mac: [u8; 16],
}

impl RefreshToken {
    /// The bytes the MAC covers.
    #[must_use]
    pub fn claim(&self) -> [u8; CLAIM] {
        let mut out = [0u8; CLAIM];
        let parts = [
            &[VERSION][..],
            &self.kid.to_be_bytes(),
            &self.shard.to_bytes(),
            &self.family.to_bytes(),
            &self.generation.to_be_bytes(),
        ];
        for (place, byte) in out.iter_mut().zip(parts.concat()) {
            *place = byte;
        }
        out
    }

    /// The text a client holds.
    #[must_use]
    pub fn to_text(&self) -> String {
        let bytes = [&self.claim()[..], &self.mac].concat();
        [SecretKind::Refresh.prefix(), &base64url(&bytes)].concat()
    }

    /// A token from its text. Its MAC is not verified by this.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(SecretKind::Refresh.prefix()).ok_or(Malformed)?;
        let bytes = array_from_base64url::<41>(encoded)?;
        let mut reader = Reader::new(&bytes);
        if reader.byte()? != VERSION {
            return Err(Malformed);
        }
        Ok(Self {
            kid: u16::from_be_bytes(reader.fixed()?),
            shard: Shard::from_bytes(reader.fixed()?).ok_or(Malformed)?,
            family: FamilyId::from_bytes(reader.fixed()?),
            generation: u32::from_be_bytes(reader.fixed()?),
            mac: reader.fixed()?,
        })
    }
}

impl core::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RefreshToken").field("family", &self.family).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
