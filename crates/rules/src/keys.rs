//! The life of signing keys.

pub mod rotation;
