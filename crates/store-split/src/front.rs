//! What every verb has at hand.

use crate::intents::Intents;
use cloakroom_model::ports::Clock;
use cloakroom_store::cells::Cells;
use cloakroom_store::stores::Durable;
use cloakroom_store::watch::Watchers;
use core::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::Arc;
use tokio::runtime::Handle;

/// The two stores, and who is told.
pub(crate) struct Front {
    pub(crate) cells: Arc<dyn Cells>,
    pub(crate) durable: Durable,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) watchers: Watchers,
    pub(crate) intents: Intents,
    pub(crate) runtime: Handle,
    pub(crate) under_way: AtomicUsize,
    pub(crate) is_closed: AtomicBool,
}
