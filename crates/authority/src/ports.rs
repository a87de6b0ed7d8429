//! What the engine needs of its surroundings beside a store.

pub mod breaches;

pub mod hasher;
