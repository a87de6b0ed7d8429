//! Where there is nothing but Redis: facts, keys and the last events beside the sessions.
//!
//! Here what was taken back is no safer than what is kept: a server that loses its last writes has lost both. It is for those who can live with
//! that, and need several processes and nothing else to run. People, and everything that is begun by letters, are not kept here.

mod scripts;

mod era;

mod ask;

mod names;

mod values;

mod commit;

mod look;

mod follower;

mod store;

mod ledger;

mod events;

mod keys;

pub use store::RedisLedger;
