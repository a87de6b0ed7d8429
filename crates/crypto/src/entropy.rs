//! The one file that asks the system for randomness.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use cloakroom_model::ports::{Entropy, NoEntropy};

/// The system's generator.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// Draws once, so that a system without entropy does not start.
    pub fn open() -> Result<Self, NoEntropy> {
        let entropy = Self(SystemRandom::new());
        entropy.fill(&mut [0u8; 32])?;
        Ok(entropy)
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        self.0.fill(out).map_err(|_| NoEntropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let entropy = SystemEntropy::open().unwrap();
        let (mut one, mut two) = ([0u8; 32], [0u8; 32]);
        entropy.fill(&mut one).unwrap();
        entropy.fill(&mut two).unwrap();
        assert_ne!(one, two);
        assert_ne!(one, [0; 32]);
    }
}
