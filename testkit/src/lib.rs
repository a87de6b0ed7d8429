//! What tests and attacks need. Never published, never a dependency of anything that is.

pub mod engine;

pub mod dice;

pub mod crash;

pub mod renewal;

pub mod proxy;

pub mod trouble;

pub mod feed;
