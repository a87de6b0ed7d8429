//! Opening a store.

use crate::address::Address;
use crate::error::OpenError;
use crate::link::Links;
use crate::look::{Worry, look, since};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_store::cells::RecordMac;
use std::sync::Arc;
use tokio::runtime::Handle;

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    url: String,
    mac: Arc<dyn RecordMac>,
    clock: Arc<dyn Clock>,
}

/// The address may carry a password.
impl core::fmt::Debug for Options {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Options").finish_non_exhaustive()
    }
}

impl Options {
    /// The server at an address, with records under this MAC, on the system's clock.
    pub fn at(url: impl Into<String>, mac: Arc<dyn RecordMac>) -> Self {
        Self { url: url.into(), mac, clock: Arc::new(SystemClock) }
    }

    /// On another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Opens it: the server is there, can be used, and says what it keeps.
    pub async fn open(self) -> Result<RedisStore, OpenError> {
        let address = Address::read(&self.url)?;
        let server = address.name();
        let links = Links::to(&address)?;
        let worries = look(&links, &server).await?;
        // Noted from the beginning: whoever comes after a failover must know that it is another one.
        let unreachable = |why| OpenError::Unreachable { server: server.clone(), why };
        since(&links, self.clock.now()).await.map_err(unreachable)?;
        let runtime = Handle::current();
        Ok(RedisStore { links: Arc::new(links), mac: self.mac, clock: self.clock, runtime, worries, server })
    }
}

/// Cells and buckets on a Redis or Valkey server.
pub struct RedisStore {
    pub(crate) links: Arc<Links>,
    pub(crate) mac: Arc<dyn RecordMac>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Handle,
    worries: Vec<Worry>,
    server: String,
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
