//! What decides, next to the app, whether a credential was taken back.
//!
//! In the authority's process its commits are in the table before they are acknowledged, so its staleness is nothing at all. Elsewhere a
//! [`guard`](guard::Guard) follows the feed, and says how old what it knows may be.

pub mod metrics;

mod slots;

pub mod table;

pub mod freshness;

pub mod tokens;

pub mod feed;

pub mod receipts;

#[cfg(feature = "stream")]
pub mod questions;

pub mod guard;

#[cfg(feature = "remote")]
pub mod remote;
