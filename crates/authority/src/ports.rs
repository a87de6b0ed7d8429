//! What the engine needs of its surroundings beside a store.

pub mod hasher;
