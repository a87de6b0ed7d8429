//! Cloakroom on PostgreSQL: several servers on one truth.
//!
//! Each verb is one transaction, on a connection that has a lane of the log. What a verb decides by, it holds until it commits: the row of a
//! session, of a person, of a request, of a bucket; and, where a session begins or a generation rises, its subject. Facts and events go to the
//! end of the lane last, whose row is held until the commit too: numbers are in commit order, whoever writes.

mod error;

mod values;

mod address;

mod connection;

mod rows;

mod lane;

mod family_rows;

mod people_rows;

mod inside;

mod era;

mod tick;

mod readers;

mod work;

mod writer;

mod schema;

mod tails;

mod follower;

mod neighbours;

mod store;

mod sessions;

mod families;

mod intents;

mod ledger;

mod events;

mod keys;

mod directory;

mod requests;

mod throttle;

mod outbox;

mod moving;

pub use address::check_address;
pub use error::OpenError;
pub use store::{Options, PostgresStore};
