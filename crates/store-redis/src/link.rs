//! The connection: one for everybody, made anew when it is lost.

use crate::address::Address;
use crate::error::{Failed, OpenError};
use crate::scripts::Scripts;
use cloakroom_model::ports::Clock;
use cloakroom_model::words::time::Time;
use core::future::Future;
use core::time::Duration;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, InfoDict};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a new connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(2);
/// How long an answer may take. One that takes longer is of no use to whoever waits for it.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A connection, and what is known of the server behind it.
#[derive(Clone)]
pub(crate) struct Link {
    number: u64,
    pub(crate) connection: MultiplexedConnection,
    /// Since when this server is the one that is written to: what was written to another one before may be lost.
    pub(crate) since: Time,
}

pub(crate) struct Links {
    client: Client,
    prefix: String,
    scripts: Scripts,
    clock: Arc<dyn Clock>,
    current: Mutex<(u64, Option<Link>)>,
}

impl Links {
    pub(crate) fn to(address: &Address, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Ok(Self {
            client: address.client()?,
            prefix: address.prefix.clone(),
            scripts: Scripts::new(),
            clock,
            current: Mutex::default(),
        })
    }

    pub(crate) const fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// A key by its name.
    pub(crate) fn key(&self, name: &str) -> Vec<u8> {
        [self.prefix.as_bytes(), name.as_bytes()].concat()
    }

    /// The connection, made if there is none.
    pub(crate) async fn link(&self) -> Result<Link, Failed> {
        let mut current = self.current.lock().await;
        if let Some(link) = &current.1 {
            return Ok(link.clone());
        }
        let number = current.0 + 1;
        let link = timeout(CONNECTS_WITHIN, self.connect(number)).await.map_err(|_| Failed::late())??;
        *current = (number, Some(link.clone()));
        Ok(link)
    }

    async fn connect(&self, number: u64) -> Result<Link, Failed> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTS_WITHIN))
            .set_response_timeout(Some(ANSWERS_WITHIN));
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let info: InfoDict = redis::cmd("INFO").arg("replication").query_async(&mut connection).await?;
        let server: InfoDict = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
        let text = |info: &InfoDict, name| info.get::<String>(name).unwrap_or_default();
        // After a restart and after a failover it is another one.
        let who = text(&info, "master_replid") + &text(&server, "run_id");
        let now = self.clock.now().millis();
        let mut recognise = self.scripts.recognise.prepare_invoke();
        recognise.key(self.key("server")).arg(who).arg(now);
        let since: i64 = recognise.invoke_async(&mut connection).await?;
        Ok(Link { number, connection, since: Time::from_millis(since) })
    }

    /// It does not answer any more: the next one who asks makes a new one.
    async fn drop_one(&self, link: &Link) {
        let mut current = self.current.lock().await;
        if current.0 == link.number {
            current.1 = None;
        }
    }

    /// Asks over a connection; once more over a new one if that was lost. Whatever is asked here may be done twice.
    pub(crate) async fn ask<T, F>(&self, ask: impl Fn(MultiplexedConnection) -> F) -> Result<T, Failed>
    where
        F: Future<Output = redis::RedisResult<T>>,
    {
        for is_last in [false, true] {
            let link = self.link().await?;
            match timeout(ANSWERS_WITHIN, ask(link.connection.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => {
                    let failed = Failed::from(error);
                    if failed.is_lost {
                        self.drop_one(&link).await;
                    }
                    if is_last || !failed.is_lost {
                        return Err(failed);
                    }
                }
                Err(_) => {
                    self.drop_one(&link).await;
                    return Err(Failed::late());
                }
            }
        }
        Err(Failed::late())
    }

    /// Asks with one command.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Failed> {
        self.ask(|mut connection| async move { command.query_async(&mut connection).await }).await
    }
}

impl core::fmt::Debug for Links {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Links").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
