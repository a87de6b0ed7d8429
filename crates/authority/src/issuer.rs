//! What an engine holds in memory when it issues tokens.

mod replays;

mod engine;

pub(crate) use engine::{Issuer, Purpose, Signing};
