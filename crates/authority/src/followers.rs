//! What an engine holds in memory of the verifiers that follow it.

mod reads;

mod delays;

mod state;

pub(crate) use delays::Delays;
pub(crate) use state::Feed;
