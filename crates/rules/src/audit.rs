//! The audit log: what is told, and how a log is proven whole.

pub mod tell;

pub mod heads;
