//! Sessions on Redis or Valkey: cells, as a split store needs them, and buckets.
//!
//! Redis answers before it is safe and repeats itself late, so it is believed for what it is fast at, and never for what was taken back: that
//! is asked of the durable store beside it. What is in it is under a MAC: who can write to it can take away and put back what was there
//! before, and can make nothing of their own.

mod error;

mod inside;

mod address;

mod records;

mod scripts;

mod route;

mod link;

mod look;

mod store;

mod cells;

mod throttle;

mod rights;

mod open;

mod alone;

pub use address::check_address;
pub use alone::RedisLedger;
pub use error::OpenError;
pub use look::Worry;
pub use open::Options;
pub use store::RedisStore;
