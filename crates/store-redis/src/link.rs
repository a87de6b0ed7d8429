//! The connection: one for everybody, made anew when it is lost.

use crate::address::Address;
use crate::error::{Failed, OpenError};
use crate::route::{ANSWERS_WITHIN, CONNECTS_WITHIN, Connection, Route};
use crate::scripts::Scripts;
use core::future::Future;
use redis::FromRedisValue;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A connection by its number.
#[derive(Clone)]
struct Link {
    number: u64,
    connection: Connection,
}

pub(crate) struct Links {
    route: Route,
    prefix: String,
    scripts: Scripts,
    current: Mutex<(u64, Option<Link>)>,
}

impl Links {
    pub(crate) fn to(address: &Address) -> Result<Self, OpenError> {
        let (route, prefix) = (Route::to(address)?, address.prefix.clone());
        Ok(Self { route, prefix, scripts: Scripts::new(), current: Mutex::default() })
    }

    pub(crate) const fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// A key by its name.
    pub(crate) fn key(&self, name: &str) -> Vec<u8> {
        [self.prefix.as_bytes(), name.as_bytes()].concat()
    }

    /// The connection, made if there is none.
    async fn link(&self) -> Result<Link, Failed> {
        let mut current = self.current.lock().await;
        if let Some(link) = &current.1 {
            return Ok(link.clone());
        }
        let number = current.0 + 1;
        let connection =
            timeout(CONNECTS_WITHIN, self.route.connect()).await.map_err(|_| Failed::late())??;
        let link = Link { number, connection };
        *current = (number, Some(link.clone()));
        Ok(link)
    }

    /// It does not answer any more: the next one who asks makes a new one.
    async fn drop_one(&self, link: &Link) {
        let mut current = self.current.lock().await;
        if current.0 == link.number {
            current.1 = None;
        }
    }

    /// Asks over a connection; once more over a new one if that was lost. Whatever is asked here may be done twice.
    pub(crate) async fn ask<T, F>(&self, ask: impl Fn(Connection) -> F) -> Result<T, Failed>
    where
        F: Future<Output = redis::RedisResult<T>>,
    {
        self.ask_at_most(2, ask).await
    }

    /// The same, so often.
    pub(crate) async fn ask_at_most<T, F>(
        &self,
        times: u8,
        ask: impl Fn(Connection) -> F,
    ) -> Result<T, Failed>
    where
        F: Future<Output = redis::RedisResult<T>>,
    {
        for left in (0..times).rev() {
            let link = self.link().await?;
            match timeout(ANSWERS_WITHIN, ask(link.connection.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => {
                    let failed = Failed::from(error);
                    if failed.is_lost || failed.is_late {
                        self.drop_one(&link).await;
                    }
                    if left == 0 || !failed.is_lost {
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
