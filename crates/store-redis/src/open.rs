//! Opening a store.

use crate::address::Address;
use crate::error::{Failed, OpenError};
use crate::link::Links;
use crate::look::{look, since};
use crate::rights::missing;
use crate::store::RedisStore;
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
        let (links, runtime) = (Arc::new(links), Handle::current());
        let store = RedisStore { links, mac: self.mac, clock: self.clock, runtime, worries, server };
        match missing(&store).await {
            None => Ok(store),
            Some(why) => {
                Err(OpenError::Unreachable { server: store.server.clone(), why: Failed::as_told(why) })
            }
        }
    }
}
