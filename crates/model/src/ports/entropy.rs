/// The system gave no randomness. Nothing that must be unguessable is made then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random number generator failed")]
pub struct NoEntropy;

/// Randomness that nobody can guess.
pub trait Entropy: Send + Sync + core::fmt::Debug {
    /// Fills all of `out`, or fails.
    fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy>;
}
