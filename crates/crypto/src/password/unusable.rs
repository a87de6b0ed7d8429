//! Stored hashes that cannot be used.

/// A stored hash that cannot be used. Not the fault of whoever signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// No scheme we know, or a broken value.
    #[error("stored password hash is malformed or of an unknown scheme")]
    Malformed,
    /// Verifying it would cost more than any honest hash does.
    #[error("stored password hash asks for more work than is allowed")]
    TooCostly,
    /// The system has no randomness.
    #[error("the system's random number generator failed")]
    NoEntropy,
}
