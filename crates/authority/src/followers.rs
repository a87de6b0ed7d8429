//! What an engine holds in memory of the verifiers that follow it.

mod reads;

mod state;

pub(crate) use state::Feed;
