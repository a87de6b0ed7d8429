//! Engines by themselves: the same rows, over as many connections, and nothing else.

use cloakroom_bench::bare::{Bare, Rows};
use cloakroom_testkit::engine::Failure;
use futures_util::future::try_join_all;
use redis::aio::MultiplexedConnection;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls, Statement};

/// About what the record of a session weighs.
const RECORD: [u8; 260] = [7; 260];
/// How many there are to renew.
const FAMILIES: u64 = 10_000;
const WRITERS: usize = 8;
const READERS: usize = 4;

/// What an engine can do.
pub(crate) trait Raw: Send + Sync {
    /// Reads a row that is there.
    fn read(&self) -> Result<(), Failure>;

    /// Writes so many rows, and waits until they are there for good.
    fn write(&self, rows: Rows) -> Result<(), Failure>;
}

/// A file, written by one thread in groups.
pub(crate) struct Sqlite {
    bare: Bare,
    reader: parking_lot::Mutex<Connection>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let bare = Bare::open(path, FAMILIES)?;
        bare.write(cloakroom_bench::bare::OPEN)?;
        let reader = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        Ok(Self { bare, reader: parking_lot::Mutex::new(reader) })
    }
}

impl Raw for Sqlite {
    fn read(&self) -> Result<(), Failure> {
        let reader = self.reader.lock();
        let mut statement = reader.prepare_cached("SELECT record FROM ck_session LIMIT 1")?;
        statement.query_row([], |row| row.get::<_, Vec<u8>>(0))?;
        Ok(())
    }

    fn write(&self, rows: Rows) -> Result<(), Failure> {
        self.bare.write(rows)
    }
}

struct Writer {
    client: Client,
    insert: Statement,
    update: Statement,
}

/// A database, over as many connections as the store has.
pub(crate) struct Postgres {
    runtime: Arc<Runtime>,
    writers: Vec<Mutex<Writer>>,
    readers: Vec<(Client, Statement)>,
    turn: AtomicUsize,
    made: AtomicU64,
}

impl Postgres {
    pub(crate) fn open(runtime: &Arc<Runtime>, url: &str) -> Result<Self, Failure> {
        let connect = || async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            runtime.spawn(connection);
            Ok::<_, tokio_postgres::Error>(client)
        };
        runtime.clone().block_on(async {
            let first = connect().await?;
            first.batch_execute("CREATE TABLE raw (id INT8 PRIMARY KEY, record BYTEA NOT NULL)").await?;
            first.execute("INSERT INTO raw VALUES (0, $1)", &[&RECORD.as_slice()]).await?;
            let (mut writers, mut readers) = (Vec::new(), Vec::new());
            for _ in 0..WRITERS {
                let client = connect().await?;
                let insert = client.prepare("INSERT INTO raw VALUES ($1, $2)").await?;
                let update = client.prepare("UPDATE raw SET record = $2 WHERE id = $1").await?;
                writers.push(Mutex::new(Writer { client, insert, update }));
            }
            for _ in 0..READERS {
                let client = connect().await?;
                let read = client.prepare("SELECT record FROM raw WHERE id = $1").await?;
                readers.push((client, read));
            }
            let (turn, made) = (AtomicUsize::new(0), AtomicU64::new(1));
            Ok(Self { runtime: runtime.clone(), writers, readers, turn, made })
        })
    }

    fn next(&self) -> usize {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }
}

impl Raw for Postgres {
    fn read(&self) -> Result<(), Failure> {
        let (client, read) = self.readers.get(self.next() % READERS).ok_or("no reader")?;
        self.runtime.block_on(client.query_one(read, &[&0i64]))?;
        Ok(())
    }

    fn write(&self, rows: Rows) -> Result<(), Failure> {
        let record = RECORD.as_slice();
        let writer = self.writers.get(self.next() % WRITERS).ok_or("no writer")?;
        let count = rows.count() as u64;
        let first = self.made.fetch_add(count, Ordering::Relaxed);
        let ids: Vec<i64> = (first..first + count).map(|id| id as i64).collect();
        self.runtime.block_on(async {
            let Writer { client, insert, update } = &*writer.lock().await;
            if rows.patch {
                client.execute(update, &[&((first / 2) as i64), &record]).await?;
                return Ok(());
            }
            // One behind the other, without waiting for each.
            client.batch_execute("BEGIN").await?;
            let write = |id| {
                let id: &i64 = id;
                async move { client.execute(insert, &[id, &record]).await }
            };
            try_join_all(ids.iter().map(write)).await?;
            client.batch_execute("COMMIT").await?;
            Ok(())
        })
    }
}

/// A server, over one connection that everybody shares, and what decides beside it.
pub(crate) struct Redis {
    runtime: Arc<Runtime>,
    connection: MultiplexedConnection,
    durable: Box<dyn Raw>,
    made: AtomicU64,
}

impl Redis {
    pub(crate) fn open(runtime: &Arc<Runtime>, url: &str, durable: Box<dyn Raw>) -> Result<Self, Failure> {
        let client = redis::Client::open(url)?;
        let connection = runtime.block_on(client.get_multiplexed_async_connection())?;
        let raw = Self { runtime: runtime.clone(), connection, durable, made: AtomicU64::new(0) };
        raw.set(0)?;
        Ok(raw)
    }

    fn set(&self, id: u64) -> Result<(), Failure> {
        let mut set = redis::cmd("HSET");
        set.arg(format!("raw:{id}")).arg("v").arg(RECORD.as_slice());
        let mut connection = self.connection.clone();
        Ok(self.runtime.block_on(async { set.exec_async(&mut connection).await })?)
    }
}

impl Raw for Redis {
    fn read(&self) -> Result<(), Failure> {
        let mut read = redis::cmd("HGET");
        read.arg("raw:0").arg("v");
        let mut connection = self.connection.clone();
        let _record: Vec<u8> = self.runtime.block_on(async { read.query_async(&mut connection).await })?;
        self.durable.read()
    }

    fn write(&self, rows: Rows) -> Result<(), Failure> {
        self.set(self.made.fetch_add(1, Ordering::Relaxed))?;
        if rows.events + rows.facts > 0 { self.durable.write(rows.of_the_log()) } else { Ok(()) }
    }
}

/// The rows of the log in one hash of such a server.
pub(crate) struct RedisLog {
    runtime: Arc<Runtime>,
    connection: MultiplexedConnection,
    made: AtomicU64,
}

impl RedisLog {
    pub(crate) fn open(runtime: &Arc<Runtime>, url: &str) -> Result<Self, Failure> {
        let client = redis::Client::open(url)?;
        let connection = runtime.block_on(client.get_multiplexed_async_connection())?;
        Ok(Self { runtime: runtime.clone(), connection, made: AtomicU64::new(0) })
    }
}

impl Raw for RedisLog {
    fn read(&self) -> Result<(), Failure> {
        let mut read = redis::cmd("HMGET");
        read.arg("raw:log").arg(&["0", "1", "2", "3"]);
        let mut connection = self.connection.clone();
        let _facts: Vec<Option<Vec<u8>>> =
            self.runtime.block_on(async { read.query_async(&mut connection).await })?;
        Ok(())
    }

    fn write(&self, rows: Rows) -> Result<(), Failure> {
        let count = (rows.events + rows.facts) as u64;
        let first = self.made.fetch_add(count, Ordering::Relaxed);
        let mut write = redis::cmd("HSET");
        write.arg("raw:log");
        (first..first + count).for_each(|number| {
            write.arg(number).arg(RECORD.as_slice());
        });
        let mut connection = self.connection.clone();
        Ok(self.runtime.block_on(async { write.exec_async(&mut connection).await })?)
    }
}
