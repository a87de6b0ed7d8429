//! A database that is left for another store, and one that begins as another store was left.
//!
//! Leaving it is one transaction: every table gets a trigger that refuses what would be written, which waits for what is being written. So
//! servers that still run on it fail from then on, and no acknowledged change can come after what is read.

use crate::address::Address;
use crate::connection::Connection;
use crate::error::{Failed, OpenError, Result};
use crate::schema;
use crate::store::{Options, at_its_best};
use crate::values::{P, get};
use cloakroom_store::archive::{
    ArchiveReader, ArchiveWriter, Kind, Line, NotMoved, Over, Site, TABLES, Table, Value,
};
use std::io::{Read, Write};
use std::pin::pin;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

/// How many rows are read at once.
const PAGE: usize = 1_000;
/// How often those who write are waited for.
const TRIES: usize = 10;

struct Moving {
    connection: Connection,
    server: String,
}

impl Moving {
    async fn open(options: &Options) -> core::result::Result<Self, NotMoved> {
        let address = Address::read(&options.url).map_err(NotMoved::of)?;
        let (connection, server) = at_its_best(&address).await.map_err(NotMoved::of)?;
        Ok(Self { connection, server })
    }

    fn failed(&self, failed: Failed) -> NotMoved {
        NotMoved::of(OpenError::Failed { server: self.server.clone(), why: failed.to_string() })
    }

    async fn commit(&self) -> core::result::Result<(), NotMoved> {
        self.connection.commit().await.map_err(|failed| self.failed(failed))
    }

    /// What has left it commits once more: a server that was deposed meanwhile, and has seen the end of it, cannot.
    async fn proves_that_it_left(&self) -> core::result::Result<(), NotMoved> {
        self.run("BEGIN; UPDATE ck_meta SET value = value WHERE name = 'moved'").await?;
        self.commit().await
    }

    async fn run(&self, sql: &str) -> core::result::Result<(), NotMoved> {
        self.connection.run(sql).await.map_err(|failed| self.failed(failed))
    }

    /// Leaves it. Who writes at this moment is waited for, and tried again if they wait for us.
    async fn leave(&self, now: i64) -> core::result::Result<(), NotMoved> {
        let tables = || TABLES.iter().map(|table| table.name).chain(["ck_server"]);
        let mut sql = format!(
            "BEGIN; SET LOCAL statement_timeout = 6000; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE; \
             CREATE FUNCTION ck_moved() RETURNS trigger LANGUAGE plpgsql AS \
             $$BEGIN RAISE EXCEPTION 'this store was exported into another one (CK2027)'; END$$;",
            tables().collect::<Vec<_>>().join(", ")
        );
        for table in tables() {
            sql.push_str(&format!(
                "CREATE TRIGGER ck_moved BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION ck_moved();"
            ));
        }
        sql.push_str(&format!("INSERT INTO ck_meta (name, value) VALUES ('moved', {now})"));
        for left in (0..TRIES).rev() {
            match self.connection.run(&sql).await {
                Err(failed) if failed.is_contention() && left > 0 => self.run("ROLLBACK").await?,
                Err(failed) => {
                    let _gone_with_it = self.run("ROLLBACK").await;
                    return Err(self.failed(failed));
                }
                Ok(()) => return self.commit().await,
            }
        }
        Ok(())
    }

    async fn write_out<W: Write>(
        &self,
        table: &'static Table,
        archive: &mut ArchiveWriter<W>,
    ) -> core::result::Result<(), NotMoved> {
        let sql = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE ck_rows NO SCROLL CURSOR FOR SELECT {} FROM {} ORDER BY {}",
            columns(table),
            table.name,
            table.order
        );
        self.run(&sql).await?;
        loop {
            let page = format!("FETCH {PAGE} FROM ck_rows");
            let rows = self.connection.ask(&page).await.map_err(|failed| self.failed(failed))?;
            for row in &rows {
                let values = values(row, table).map_err(|failed| self.failed(failed))?;
                archive.row(table, &values)?;
            }
            if rows.len() < PAGE {
                return self.run("COMMIT").await;
            }
        }
    }

    /// Whether a process was here a moment ago that has not said that it goes.
    async fn has_others(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM ck_server WHERE seen > clock_timestamp() - interval '1 minute' AND bears IS DISTINCT FROM -1)";
        self.connection.row(sql, &[]).await?.map_or(Ok(false), |row| get(&row, 0))
    }

    async fn site(&self) -> core::result::Result<Site, NotMoved> {
        let failed = |failed| self.failed(failed);
        if !schema::is_there(&self.connection).await.map_err(failed)? {
            return Ok(Site::Free);
        }
        if schema::is_unfinished(&self.connection).await.map_err(failed)? {
            return Ok(Site::Begun);
        }
        match self.is_empty().await.map_err(failed)? {
            true => Ok(Site::Free),
            false => Err(NotMoved::NotEmpty(self.server.clone())),
        }
    }

    async fn is_empty(&self) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM ck_key) AND NOT EXISTS (SELECT 1 FROM ck_lane) AND NOT EXISTS (SELECT 1 FROM ck_user)";
        self.connection.row(sql, &[]).await?.map_or(Ok(false), |row| get(&row, 0))
    }

    /// Puts the rows of one table in, up to the first of another.
    async fn put<R: Read>(
        &self,
        first: Line,
        archive: &mut ArchiveReader<R>,
        over: &mut Over,
    ) -> core::result::Result<Option<Line>, NotMoved> {
        let failed = |failed: Failed| self.failed(failed);
        let (table, _) = first;
        let kinds: Vec<Type> = table.columns.iter().map(|(_, kind)| type_of(*kind)).collect();
        let sql = format!("COPY {} ({}) FROM STDIN BINARY", table.name, columns(table));
        let mut way = pin!(self.connection.many(&sql, &kinds).await.map_err(failed)?);
        let mut line = Some(first);
        while let Some(row) = &line
            && row.0 == table
        {
            over.note(row);
            if over.has_ended(row) {
                line = archive.next_row()?;
                continue;
            }
            let (_, values) = row;
            let plain: Vec<P<'_>> =
                values.iter().zip(table.columns).map(|(value, (_, kind))| plain(value, *kind)).collect();
            let plain: Vec<&(dyn ToSql + Sync)> = plain.iter().map(|value| value as _).collect();
            way.as_mut().write(&plain).await.map_err(|error| failed(error.into()))?;
            line = archive.next_row()?;
        }
        way.finish().await.map_err(|error| failed(error.into()))?;
        Ok(line)
    }
}

impl Options {
    /// Leaves the store for good and writes out what is in it: from here on it opens for nobody, and servers that run on it fail. It can be
    /// done again. Answers whether others used it a moment ago.
    pub async fn export<W: Write>(
        self,
        archive: &mut ArchiveWriter<W>,
        takes: impl Fn(&Table) -> bool,
    ) -> core::result::Result<bool, NotMoved> {
        let moving = Moving::open(&self).await?;
        let failed = |failed| moving.failed(failed);
        if !schema::is_there(&moving.connection).await.map_err(failed)? {
            return Err(NotMoved::of(OpenError::Empty { server: moving.server }));
        }
        schema::migrate(&moving.connection, &moving.server).await.map_err(NotMoved::of)?;
        if schema::is_unfinished(&moving.connection).await.map_err(failed)? {
            return Err(NotMoved::of(OpenError::Unfinished { server: moving.server }));
        }
        match schema::is_moved(&moving.connection).await.map_err(failed)? {
            true => moving.proves_that_it_left().await?,
            false => moving.leave(self.clock.now().millis()).await?,
        }
        for table in TABLES.iter().filter(|table| takes(table)) {
            moving.write_out(table, archive).await?;
        }
        moving.has_others().await.map_err(failed)
    }

    /// Whether a store could be imported here.
    pub async fn site(&self) -> core::result::Result<Site, NotMoved> {
        Moving::open(self).await?.site().await
    }

    /// Notes that a store comes here: until it is there, this opens for nobody.
    pub async fn begin_import(&self) -> core::result::Result<(), NotMoved> {
        let moving = Moving::open(self).await?;
        moving.site().await?;
        schema::migrate(&moving.connection, &moving.server).await.map_err(NotMoved::of)?;
        let now = self.clock.now().millis();
        let note = format!(
            "BEGIN; INSERT INTO ck_meta (name, value) VALUES ('importing', {now}) ON CONFLICT DO NOTHING"
        );
        moving.run(&note).await?;
        moving.commit().await
    }

    /// Makes the store of what was written out, in a database where there is none yet.
    pub async fn import<R: Read>(
        self,
        archive: &mut ArchiveReader<R>,
        takes: impl Fn(&Table) -> bool,
    ) -> core::result::Result<(), NotMoved> {
        self.begin_import().await?;
        let moving = Moving::open(&self).await?;
        // Whoever starts a server on it meanwhile waits, and finds what was put here.
        moving.run("BEGIN; SET LOCAL lock_timeout = 5000; LOCK TABLE ck_key, ck_lane, ck_user IN ACCESS EXCLUSIVE MODE").await?;
        if !moving.is_empty().await.map_err(|failed| moving.failed(failed))? {
            return Err(NotMoved::NotEmpty(moving.server));
        }
        let mut over = Over::default();
        let mut line = archive.next_row()?;
        while let Some(first) = line {
            line = match takes(first.0) {
                true => moving.put(first, archive, &mut over).await?,
                // What is not taken is about sessions. Of facts none is left out.
                false => archive.next_row()?,
            };
        }
        moving
            .connection
            .ask(
                "UPDATE ck_session SET user_at_least = coalesce((SELECT at_least FROM ck_fact \
                 WHERE fact_key = '\\x05'::bytea || convert_to(subject, 'UTF8')), 0)",
            )
            .await
            .map_err(|failed| moving.failed(failed))?;
        for belongs in ["ck_old_ticket", "ck_family"] {
            let sql = format!(
                "DELETE FROM {belongs} b WHERE NOT EXISTS (SELECT 1 FROM ck_session s WHERE s.id = b.session)"
            );
            moving.connection.ask(&sql).await.map_err(|failed| moving.failed(failed))?;
        }
        moving.run("DELETE FROM ck_meta WHERE name = 'importing'").await?;
        moving.commit().await
    }
}

/// SQLite calls whom something is about `user`, which is a word of SQL here.
fn columns(table: &Table) -> String {
    let name = |(name, _): &(&'static str, Kind)| if *name == "user" { "person" } else { *name };
    table.columns.iter().map(name).collect::<Vec<_>>().join(", ")
}

const fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Number => Type::INT8,
        Kind::Bytes => Type::BYTEA,
        Kind::Text => Type::TEXT,
    }
}

fn plain(value: &Value, kind: Kind) -> P<'_> {
    match (value, kind) {
        (Value::Number(number), _) => P::I(*number),
        (Value::Bytes(bytes), _) => P::B(bytes),
        (Value::Text(text), _) => P::T(text),
        (Value::Nothing, Kind::Number) => P::MaybeI(None),
        (Value::Nothing, Kind::Bytes) => P::MaybeB(None),
        (Value::Nothing, Kind::Text) => P::MaybeT(None),
    }
}

fn values(row: &Row, table: &Table) -> Result<Vec<Value>> {
    let value = |(at, (_, kind)): (usize, &(&str, Kind))| {
        Ok(match kind {
            Kind::Number => get::<Option<i64>>(row, at)?.map(Value::Number),
            Kind::Bytes => get::<Option<Vec<u8>>>(row, at)?.map(Value::Bytes),
            Kind::Text => get::<Option<String>>(row, at)?.map(Value::Text),
        }
        .unwrap_or(Value::Nothing))
    };
    table.columns.iter().enumerate().map(value).collect()
}
