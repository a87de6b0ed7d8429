//! Hashing with argon2id (RFC 9106).

use super::unusable::Unusable;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use cloakroom_model::ports::Entropy;
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroize;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// The least we hash with: 19 MiB, two passes, one lane.
    pub const LEAST: Cost = Cost { memory: 19_456, passes: 2, lanes: 1 };
}

/// The memory one hashing thread works in, kept between hashes.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Memory({} KiB)", self.0.len())
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

impl Memory {
    /// Memory that already holds what `cost` needs.
    #[must_use]
    pub fn for_cost(cost: Cost) -> Self {
        let mut memory = Self::default();
        memory.at_least(cost.memory as usize);
        memory
    }

    /// Gives back what one hash that was dearer than `cost` needed.
    pub fn shrink_to(&mut self, cost: Cost) {
        if self.0.len() > cost.memory as usize {
            self.0.truncate(cost.memory as usize);
            self.0.shrink_to_fit();
        }
    }

    fn at_least(&mut self, blocks: usize) -> &mut [Block] {
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        self.0.get_mut(..blocks).unwrap_or_default()
    }
}

pub(super) fn raw(
    kind: Algorithm,
    version: u32,
    cost: Cost,
    password: &[u8],
    salt: &[u8],
    memory: &mut Memory,
    out: &mut [u8],
) -> Result<(), Unusable> {
    let version = Version::try_from(version).map_err(|_| Unusable::Malformed)?;
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(out.len()))
        .map_err(|_| Unusable::Malformed)?;
    let blocks = memory.at_least(params.block_count());
    Argon2::new(kind, version, params)
        .hash_password_into_with_memory(password, salt, out, blocks)
        .map_err(|_| Unusable::Malformed)
}

/// Hashes a password under a fresh salt. The result is a PHC string.
pub fn hash(
    password: &[u8],
    cost: Cost,
    memory: &mut Memory,
    entropy: &dyn Entropy,
) -> Result<String, Unusable> {
    let mut salt = [0u8; 16];
    entropy.fill(&mut salt).map_err(|_| Unusable::NoEntropy)?;
    let mut out = [0u8; 32];
    raw(Algorithm::Argon2id, 0x13, cost, password, &salt, memory, &mut out)?;
    Ok(phc(cost, &salt, &out))
}

fn phc(cost: Cost, salt: &[u8], out: &[u8]) -> String {
    let Cost { memory: m, passes: t, lanes: p } = cost;
    let (salt, out) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(out));
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${out}")
}

/// The hash of a password that nobody has: it costs what another one costs to verify, and nothing to make.
pub fn unmatched(cost: Cost, entropy: &dyn Entropy) -> Result<String, Unusable> {
    let mut random = [0u8; 48];
    entropy.fill(&mut random).map_err(|_| Unusable::NoEntropy)?;
    let (salt, out) = random.split_at(16);
    Ok(phc(cost, salt, out))
}

#[cfg(test)]
mod tests;
