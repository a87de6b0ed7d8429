//! One connection to the server, with the statements it knows.

use crate::error::{Failed, Result};
use crate::values::P;
use core::time::Duration;
use parking_lot::Mutex;
use std::collections::HashMap;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

/// How long the server may take for one statement.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// A connection. It is broken for good once it was lost.
pub(crate) struct Connection {
    client: Client,
    /// Statements that the server keeps for this connection; none behind a pooler that gives each transaction another one.
    kept: Option<Mutex<HashMap<&'static str, Statement>>>,
}

impl core::fmt::Debug for Connection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects. What it needs to go on runs in a task of its own until it is dropped.
    pub(crate) async fn open(
        config: &Config,
        keeps_statements: bool,
    ) -> core::result::Result<Self, tokio_postgres::Error> {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            // Whoever waits for an answer is told so by the client.
            let _lost = connection.await;
        });
        Ok(Self { client, kept: keeps_statements.then(Mutex::default) })
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Rows of a statement.
    pub(crate) async fn rows(&self, sql: &'static str, values: &[P<'_>]) -> Result<Vec<Row>> {
        let asked = async {
            match self.statement(sql, values).await? {
                Some(statement) => {
                    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
                    self.client.query(&statement, &values).await
                }
                None => {
                    let values: Vec<(&(dyn ToSql + Sync), Type)> =
                        values.iter().map(|value| (value as _, value.kind())).collect();
                    self.client.query_typed(sql, &values).await
                }
            }
        };
        Ok(timeout(ANSWERS_WITHIN, asked).await.map_err(|_| Failed::Late)??)
    }

    /// The one row of a statement, if there is one.
    pub(crate) async fn row(&self, sql: &'static str, values: &[P<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Changes rows. Answers how many.
    pub(crate) async fn change(&self, sql: &'static str, values: &[P<'_>]) -> Result<u64> {
        let asked = async {
            match self.statement(sql, values).await? {
                Some(statement) => {
                    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
                    self.client.execute(&statement, &values).await
                }
                None => {
                    let values: Vec<(&(dyn ToSql + Sync), Type)> =
                        values.iter().map(|value| (value as _, value.kind())).collect();
                    self.client.execute_typed(sql, &values).await
                }
            }
        };
        Ok(timeout(ANSWERS_WITHIN, asked).await.map_err(|_| Failed::Late)??)
    }

    /// Runs statements that take no values.
    pub(crate) async fn run(&self, sql: &str) -> Result<()> {
        Ok(timeout(ANSWERS_WITHIN, self.client.batch_execute(sql)).await.map_err(|_| Failed::Late)??)
    }

    async fn statement(
        &self,
        sql: &'static str,
        values: &[P<'_>],
    ) -> core::result::Result<Option<Statement>, tokio_postgres::Error> {
        let Some(kept) = &self.kept else { return Ok(None) };
        if let Some(statement) = kept.lock().get(sql) {
            return Ok(Some(statement.clone()));
        }
        let kinds: Vec<Type> = values.iter().map(P::kind).collect();
        let statement = self.client.prepare_typed(sql, &kinds).await?;
        kept.lock().insert(sql, statement.clone());
        Ok(Some(statement))
    }
}
