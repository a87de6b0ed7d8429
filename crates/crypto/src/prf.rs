//! A fast keyed hash for tables inside this process: near-cache, revocation table. Its key is drawn when the
//! process starts, or hangs from a secret, and never leaves it, so nobody outside can aim at a slot.

use cloakroom_model::ports::{Entropy, NoEntropy};
use cloakroom_model::words::secret::Secret;
use core::hash::Hasher;
use siphasher::sip128::{Hasher128, SipHasher24};

const BLOCK: usize = 256;

/// SipHash-2-4 with 128 bits of output under a random key.
#[derive(Clone)]
pub struct Prf(SipHasher24);

impl core::fmt::Debug for Prf {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Prf(..)")
    }
}

impl Prf {
    /// A function nobody has seen before.
    pub fn draw(entropy: &dyn Entropy) -> Result<Self, NoEntropy> {
        let mut key = [0u8; 16];
        entropy.fill(&mut key)?;
        Ok(Self(SipHasher24::new_with_key(&key)))
    }

    /// The same function again, for a table that is put away and taken out by whoever has this key.
    #[must_use]
    pub fn keyed(key: &Secret<[u8; 32]>) -> Self {
        let [key @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = key.expose();
        Self(SipHasher24::new_with_key(key))
    }

    /// 128 bits for the bytes.
    #[must_use]
    pub fn of(&self, bytes: &[u8]) -> u128 {
        let mut hasher = self.0;
        hasher.write(bytes);
        hasher.finish128().as_u128()
    }

    /// 128 bits for parts, each framed by its length.
    #[must_use]
    pub fn of_parts(&self, parts: &[&[u8]]) -> u128 {
        let mut hasher = self.0;
        // Short parts are put together first: the hasher is at its best with many bytes at once.
        let (mut block, mut filled) = ([0u8; BLOCK], 0);
        for part in parts {
            let length = (part.len() as u64).to_le_bytes();
            let after = filled + length.len() + part.len();
            match block.get_mut(filled..after) {
                Some(room) => {
                    let (head, body) = room.split_at_mut(length.len());
                    head.copy_from_slice(&length);
                    body.copy_from_slice(part);
                    filled = after;
                }
                None => {
                    hasher.write(block.get(..filled).unwrap_or_default());
                    hasher.write(&length);
                    hasher.write(part);
                    filled = 0;
                }
            }
        }
        hasher.write(block.get(..filled).unwrap_or_default());
        hasher.finish128().as_u128()
    }
}

#[cfg(test)]
mod tests;
