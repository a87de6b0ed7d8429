//! The feed on the wire.

pub mod greeting;

pub mod frame;

#[cfg(feature = "stream")]
pub mod stream;
