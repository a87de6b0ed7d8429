//! One connection to the server, with the statements it knows.

use crate::address::Address;
use crate::error::{Failed, Result};
use crate::values::P;
use core::future::poll_fn;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Connection as Socket, NoTls, Row, Statement};

/// How long the server may take for one statement.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// The patience of verbs, for a connection that is nobody else's: said once, and not in each transaction.
const OF_VERBS: &str =
    "SET lock_timeout = 4000; SET statement_timeout = 8000; SET idle_in_transaction_session_timeout = 10000";

/// A connection. It is broken for good once it was lost.
pub(crate) struct Connection {
    client: Client,
    /// Statements that the server keeps for this connection; none behind a pooler that gives each transaction another one.
    kept: Option<Mutex<HashMap<&'static str, Statement>>>,
    /// It has the patience of verbs.
    is_set: AtomicBool,
    /// The server has warned of something since the last commit began.
    doubted: Arc<AtomicBool>,
    /// What reads from the socket. The socket is closed with it, whatever the server still wanted to say.
    task: AbortHandle,
}

/// How long what a transaction does may take. The server ends it then, also where nobody is there any more to ask for that.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Patience {
    /// A verb.
    Verb,
    /// A proof, which nobody needs when it is late.
    Tick,
}

impl Patience {
    const fn begin(self, is_set: bool) -> &'static str {
        match self {
            Self::Verb if is_set => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Self::Verb => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 4000; \
                 SET LOCAL statement_timeout = 8000; SET LOCAL idle_in_transaction_session_timeout = 10000"
            }
            Self::Tick => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = 1000; \
                 SET LOCAL statement_timeout = 1500; SET LOCAL idle_in_transaction_session_timeout = 2000"
            }
        }
    }
}

fn plain<'a>(values: &'a [P<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

fn typed<'a>(values: &'a [P<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    values.iter().map(|value| (value as _, value.kind())).collect()
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl core::fmt::Debug for Connection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects. What it needs to go on runs in a task of its own until it is dropped.
    pub(crate) async fn open(address: &Address) -> core::result::Result<Self, tokio_postgres::Error> {
        let keeps_statements = address.keeps_statements;
        match &address.tls {
            Some(tls) => Ok(Self::over(address.config.connect(tls.clone()).await?, keeps_statements)),
            None => Ok(Self::over(address.config.connect(NoTls).await?, keeps_statements)),
        }
    }

    fn over<S, T>((client, mut connection): (Client, Socket<S, T>), keeps_statements: bool) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let doubted = Arc::new(AtomicBool::new(false));
        let doubts = doubted.clone();
        let task = tokio::spawn(async move {
            // When it is lost, whoever waits for an answer is told so by the client.
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notice(notice) = message
                    && notice.code() == &SqlState::WARNING
                {
                    doubts.store(true, Ordering::Release);
                }
            }
        });
        let task = task.abort_handle();
        Self {
            client,
            kept: keeps_statements.then(Mutex::default),
            is_set: AtomicBool::new(false),
            doubted,
            task,
        }
    }

    /// What is asked over it has the patience of verbs from here on. Behind a pooler that gives each transaction another connection it is
    /// said in each.
    pub(crate) async fn is_for_verbs(&self) -> Result<()> {
        if self.kept.is_some() {
            self.run(OF_VERBS).await?;
            self.is_set.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Begins a transaction.
    pub(crate) async fn begin(&self, patience: Patience) -> Result<()> {
        self.run(patience.begin(self.is_set.load(Ordering::Acquire))).await
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// Rows of a statement.
    pub(crate) async fn rows(&self, sql: &'static str, values: &[P<'_>]) -> Result<Vec<Row>> {
        let asked = async {
            match self.statement(sql, values).await? {
                Some(statement) => self.client.query(&statement, &plain(values)).await,
                None => self.client.query_typed(sql, &typed(values)).await,
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
                Some(statement) => self.client.execute(&statement, &plain(values)).await,
                None => self.client.execute_typed(sql, &typed(values)).await,
            }
        };
        Ok(timeout(ANSWERS_WITHIN, asked).await.map_err(|_| Failed::Late)??)
    }

    /// Rows of a statement that is asked once, however long it takes.
    pub(crate) async fn ask(&self, sql: &str) -> Result<Vec<Row>> {
        Ok(self.client.query_typed(sql, &[]).await?)
    }

    /// A way in for many rows of one table.
    pub(crate) async fn many(&self, sql: &str, kinds: &[Type]) -> Result<BinaryCopyInWriter> {
        Ok(BinaryCopyInWriter::new(self.client.copy_in(sql).await?, kinds))
    }

    /// Runs statements that take no values.
    pub(crate) async fn run(&self, sql: &str) -> Result<()> {
        Ok(timeout(ANSWERS_WITHIN, self.client.batch_execute(sql)).await.map_err(|_| Failed::Late)??)
    }

    /// Commits. What nobody is waited for any more, a standby for one, is not known to be there.
    pub(crate) async fn commit(&self) -> Result<()> {
        self.doubted.store(false, Ordering::Release);
        // A transaction that has failed would be undone by this, and the server would not call that a failure: nothing but a statement before it does.
        self.run("SELECT 1; COMMIT").await?;
        if self.doubted.load(Ordering::Acquire) { Err(Failed::Doubtful) } else { Ok(()) }
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
