//! Copies of sessions in memory, coherent with the store of this process.

pub(crate) mod known;

pub(crate) mod near;

pub(crate) mod uses;

pub(crate) mod asserted;
