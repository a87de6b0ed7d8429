//! A guard that follows the feed of an authority in another process.

mod call;

mod keepsake;

pub mod feed;

pub mod verifier;
