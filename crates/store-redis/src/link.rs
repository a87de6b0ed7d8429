//! The connection: one for everybody, made anew when it is lost.

use crate::address::Address;
use crate::error::{Failed, OpenError};
use crate::route::{ANSWERS_WITHIN, CONNECTS_WITHIN, Connection, Route};
use crate::scripts::Scripts;
use core::future::Future;
use parking_lot::RwLock;
use redis::{Cmd, FromRedisValue, RedisResult, Value};
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
    /// Read by everybody who asks, and held by nobody for long.
    current: RwLock<Option<Link>>,
    /// How many were made. Held by whoever makes one.
    made: Mutex<u64>,
}

impl Links {
    pub(crate) fn to(address: &Address) -> Result<Self, OpenError> {
        let (route, prefix) = (Route::to(address)?, address.prefix.clone());
        Ok(Self {
            route,
            prefix,
            scripts: Scripts::new(),
            current: RwLock::default(),
            made: Mutex::default(),
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
    async fn link(&self) -> Result<Link, Failed> {
        if let Some(link) = &*self.current.read() {
            return Ok(link.clone());
        }
        // Whoever would wait for longer than one attempt is told so: else each of many would make one in turn.
        let mut made = timeout(CONNECTS_WITHIN, self.made.lock()).await.map_err(|_| Failed::late())?;
        if let Some(link) = &*self.current.read() {
            return Ok(link.clone());
        }
        let connection =
            timeout(CONNECTS_WITHIN, self.route.connect()).await.map_err(|_| Failed::late())??;
        *made += 1;
        let link = Link { number: *made, connection };
        *self.current.write() = Some(link.clone());
        Ok(link)
    }

    /// It does not answer any more: the next one who asks makes a new one.
    fn drop_one(&self, link: &Link) {
        let mut current = self.current.write();
        if current.as_ref().is_some_and(|current| current.number == link.number) {
            *current = None;
        }
    }

    /// Asks over a connection; once more over a new one if that was lost. Whatever is asked here may be done twice.
    pub(crate) async fn ask<T, F>(&self, ask: impl Fn(Connection) -> F) -> Result<T, Failed>
    where
        F: Future<Output = RedisResult<T>>,
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
        F: Future<Output = RedisResult<T>>,
    {
        for left in (0..times).rev() {
            let link = self.link().await?;
            match timeout(ANSWERS_WITHIN, ask(link.connection.clone())).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => {
                    let failed = Failed::from(error);
                    if failed.is_lost || failed.is_late {
                        self.drop_one(&link);
                    }
                    if left == 0 || !failed.is_lost {
                        return Err(failed);
                    }
                }
                Err(_) => {
                    self.drop_one(&link);
                    return Err(Failed::late());
                }
            }
        }
        Err(Failed::late())
    }

    /// Asks with many commands at once. Whatever is asked here may be done twice.
    pub(crate) async fn together(&self, commands: &[Cmd]) -> Result<Vec<RedisResult<Value>>, Failed> {
        self.ask(|mut connection| async move { connection.together(commands).await }).await
    }

    /// Asks with one command.
    pub(crate) async fn command<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failed> {
        self.ask(|mut connection| async move { command.query_async(&mut connection).await }).await
    }
}

impl core::fmt::Debug for Links {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Links").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
