//! Small validated types. Text becomes one of these at the edge, once, and stays one.

pub mod text;

pub mod time;

pub mod secret;

pub mod digest;

pub mod prefix;

pub mod id;

pub mod subject;

pub mod host;

pub mod origin;

pub mod shard;

pub mod login_name;

pub mod scope;

pub mod frame;

pub mod ticket;

pub mod refresh;

pub mod link;

pub mod feed_credential;

pub mod sealed;

pub mod signed;
