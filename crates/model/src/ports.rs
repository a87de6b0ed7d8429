//! The two ports through which the outside world comes in: what time it is, and randomness.

mod clock;

mod entropy;

mod system_clock;

#[cfg(any(test, feature = "doubles"))]
pub mod doubles;

pub use clock::Clock;
pub use entropy::{Entropy, NoEntropy};
pub use system_clock::SystemClock;
