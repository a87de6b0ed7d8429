//! Cloakroom's engine: every verb loads, decides (in `rules`) and commits (in a store).
//!
//! A session seen before is checked without a store: its record is in memory, and every fact that could deny it
//! was in the table before the change was acknowledged.

pub mod denied;

pub mod ports;

pub mod root_key;

mod record_mac;

mod cache;

mod issuer;

mod followers;

mod checks;

pub mod packed;

pub mod authority;

pub mod login;

pub mod session;

pub mod token;

pub mod assertion;

pub mod csrf;

pub mod carried;

mod events;

mod neighbours;

pub mod feed;

pub mod people;

pub mod upkeep;

pub use authority::{Authority, OpenError, Settings};
pub use cloakroom_crypto::keyring::KeyRing;
pub use denied::Denied;
pub use feed::NotEverywhere;
pub use record_mac::record_mac;
