//! The feed on the wire.

pub mod greeting;

pub mod frame;

pub mod receipt;

#[cfg(feature = "stream")]
pub mod stream;
