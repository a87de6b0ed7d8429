//! SHA-256 digests, and the keyed digests under which stores look tickets up.

use core::fmt;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest of public things (events, pages of a log). Not for secrets: those are keyed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of the parts, each framed by its length so that no two lists of parts collide.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", super::text::base64url(&self.0))
    }
}

/// What a store keeps in place of a ticket: an HMAC under a key that is not in the store. It cannot be
/// presented and a ticket cannot be rebuilt from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookUp(pub [u8; 32]);

impl fmt::Debug for LookUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUp(..)")
    }
}

#[cfg(test)]
mod tests;
