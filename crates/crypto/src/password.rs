//! Passwords: argon2id for what we hash, and the old schemes for what was hashed elsewhere, with their costs
//! capped before any work starts.

mod unusable;

pub mod fast;

mod phc;

pub mod argon2id;

mod verify;

pub use unusable::Unusable;
pub use verify::{Verdict, usable, verify};
