//! What decides, next to the app, whether a credential was taken back.
//!
//! So far inside one process: the authority's commits are in the table before they are acknowledged, so its staleness is
//! nothing at all.

mod slots;

pub mod table;

pub mod freshness;

pub mod tokens;
