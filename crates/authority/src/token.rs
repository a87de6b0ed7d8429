//! Tokens: signing keys, sign-ins that are renewed, refresh and access tokens.

pub mod keys;

pub mod mint;

pub mod begin;

pub mod renew;

mod own;

pub mod check;

pub mod reference;

pub use cloakroom_store::families::{Held, How};
