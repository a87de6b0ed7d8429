//! A store that is open.

use crate::link::Links;
use crate::look::Worry;
use cloakroom_model::ports::Clock;
use cloakroom_store::cells::RecordMac;
use std::sync::Arc;
use tokio::runtime::Handle;

/// Cells and buckets on a Redis or Valkey server.
pub struct RedisStore {
    pub(crate) links: Arc<Links>,
    pub(crate) mac: Arc<dyn RecordMac>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Handle,
    pub(crate) worries: Vec<Worry>,
    pub(crate) server: String,
}

impl core::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RedisStore").field("server", &self.server).finish_non_exhaustive()
    }
}

impl RedisStore {
    /// What whoever runs the server should know, as it was when it was opened.
    #[must_use]
    pub fn worries(&self) -> &[Worry] {
        &self.worries
    }
}
