//! The feed: facts go from the truth to every verifier, and each verifier knows how old what it knows may be.
//!
//! Machines without I/O. The *relay* reads the truth for one follower and says what it found; the *follower* takes it in and asks
//! for proofs; what it learns of its own freshness stands in the verifier. A proof covers what a read found that **began after the
//! probe had arrived**, and counts from the moment at which the probe was *sent*, by the clock of whoever sent it: no other clock
//! counts, and nothing that arrives unasked moves freshness.

pub mod said;

pub mod relay;

pub mod follower;

pub mod barrier;
