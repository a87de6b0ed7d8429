//! The policy of Cloakroom.
//!
//! Every file decides one thing: `Request`, `Facts`, `Decision`, `decide`. No I/O, no clock, no randomness of its
//! own; what is decided here is loaded and committed in `authority`.

pub mod steady;

pub mod refusal;

pub mod cookie;

pub mod csrf;

pub mod headers;

pub mod throttle;

pub mod audit;

pub mod login;

pub mod people;

pub mod session;

pub mod keys;

pub mod token;

pub mod feed;
