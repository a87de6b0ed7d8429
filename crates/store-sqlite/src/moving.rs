//! A database that is left for another store, and one that begins as another store was left.

use crate::error::OpenError;
use crate::files::{Mark, hold};
use crate::lane::{Head, LANE};
use crate::rows::to_sql;
use crate::schema;
use crate::store::Options;
use cloakroom_model::records::chain::ChainHead;
use cloakroom_store::archive::{
    ArchiveReader, ArchiveWriter, Line, NoArchive, NotMoved, Over, Site, TABLES, Table, Value,
};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, Transaction, params};
use std::io::{Read, Write};
use std::path::Path;

fn failed(path: &Path) -> impl Fn(rusqlite::Error) -> NotMoved + use<> {
    let path = path.to_owned();
    move |source| NotMoved::of(OpenError::Engine { path: path.clone(), source })
}

impl Options {
    /// Leaves the store for good and writes out what is in it: from here on it opens for nobody. It can be done again.
    pub fn export<W: Write>(
        self,
        archive: &mut ArchiveWriter<W>,
        takes: impl Fn(&Table) -> bool,
    ) -> Result<(), NotMoved> {
        let clock = self.clock.clone();
        match self.clone().open() {
            Ok(store) => drop(store),
            Err(OpenError::Moved { .. }) => {}
            Err(other) => return Err(NotMoved::of(other)),
        }
        let (_held, path) = hold(&self.path).map_err(NotMoved::of)?;
        let failed = failed(&path);
        let connection = schema::writer(&path).map_err(&failed)?;
        connection
            .execute(
                "INSERT OR IGNORE INTO ck_meta (name, value) VALUES ('moved', ?1)",
                [clock.now().millis()],
            )
            .map_err(&failed)?;
        for table in TABLES.iter().filter(|table| takes(table)) {
            write_out(&connection, table, archive, &failed)?;
        }
        Ok(())
    }

    /// Whether a store could be imported here.
    pub fn site(&self) -> Result<Site, NotMoved> {
        if !self.path.exists() {
            return Ok(Site::Free);
        }
        let (_held, path) = hold(&self.path).map_err(NotMoved::of)?;
        let failed = failed(&path);
        let is_new = schema::is_new(&path).map_err(NotMoved::of)?;
        let connection = schema::reader(&path).map_err(&failed)?;
        match (is_new, Mark::read(&path).map_err(NotMoved::of)?) {
            (true, None) => Ok(Site::Free),
            (true, Some(mark)) if mark == Mark::default() => Ok(Site::Free),
            (false, Some(_)) if schema::is_unfinished(&connection).map_err(&failed)? => Ok(Site::Begun),
            (false, Some(_)) if is_empty(&connection).map_err(&failed)? => Ok(Site::Free),
            // A database without its mark is one that was put there, and stays refused.
            _ => Err(NotMoved::NotEmpty(path.display().to_string())),
        }
    }

    /// Notes that a store comes here: until it is there, this opens for nobody.
    pub fn begin_import(&self) -> Result<(), NotMoved> {
        schema::check_engine().map_err(NotMoved::of)?;
        self.site()?;
        let (_held, path) = hold(&self.path).map_err(NotMoved::of)?;
        let file = |source| NotMoved::of(OpenError::File { path: path.clone(), source });
        if Mark::read(&path).map_err(NotMoved::of)?.is_none() {
            Mark::default().write(&path).map_err(file)?;
        }
        let mut connection = schema::writer(&path).map_err(failed(&path))?;
        schema::migrate(&mut connection, &path).map_err(NotMoved::of)?;
        let sql = "INSERT OR IGNORE INTO ck_meta (name, value) VALUES ('importing', ?1)";
        connection.execute(sql, [self.clock.now().millis()]).map_err(failed(&path))?;
        Ok(())
    }

    /// Makes the store of what was written out, where its import was begun.
    pub fn import<R: Read>(
        self,
        archive: &mut ArchiveReader<R>,
        takes: impl Fn(&Table) -> bool,
    ) -> Result<(), NotMoved> {
        self.begin_import()?;
        let (_held, path) = hold(&self.path).map_err(NotMoved::of)?;
        let file = |source| NotMoved::of(OpenError::File { path: path.clone(), source });
        let failed = failed(&path);
        let mut connection = schema::writer(&path).map_err(&failed)?;
        let transaction = connection.transaction().map_err(&failed)?;
        let (mut facts, mut over) = (0, Over::default());
        while let Some(line) = archive.next_row()? {
            over.note(&line);
            if takes(line.0) && !over.has_ended(&line) {
                put(&transaction, line, &mut facts).map_err(&failed)?;
            }
        }
        settle(&transaction, facts).map_err(&failed)?;
        transaction.execute("DELETE FROM ck_meta WHERE name = 'importing'", []).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        let mark = Head::read(&connection).and_then(|head| head.mark(&connection)).map_err(&failed)?;
        mark.write(&path).map_err(file)
    }
}

fn columns(table: &Table) -> String {
    table.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

fn write_out<W: Write>(
    connection: &Connection,
    table: &'static Table,
    archive: &mut ArchiveWriter<W>,
    failed: &impl Fn(rusqlite::Error) -> NotMoved,
) -> Result<(), NotMoved> {
    let sql = format!("SELECT {} FROM {} ORDER BY {}", columns(table), table.name, table.order);
    let mut statement = connection.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(table.columns.len());
        for at in 0..table.columns.len() {
            values.push(match row.get_ref(at).map_err(failed)? {
                ValueRef::Null => Value::Nothing,
                ValueRef::Integer(number) => Value::Number(number),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                ValueRef::Text(text) => {
                    Value::Text(String::from_utf8(text.to_vec()).map_err(|_| NoArchive::Other)?)
                }
                ValueRef::Real(_) => return Err(NoArchive::Other.into()),
            });
        }
        archive.row(table, &values)?;
    }
    Ok(())
}

/// Nobody was ever here.
fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM ck_key) AND NOT EXISTS (SELECT 1 FROM ck_lane) AND NOT EXISTS (SELECT 1 FROM ck_user)",
        [],
        |row| row.get(0),
    )
}

struct Plain<'a>(&'a Value);

impl ToSql for Plain<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Nothing => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Number(number) => ToSqlOutput::from(*number),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// A row as it was; but facts come into the one lane that there is.
fn put(transaction: &Transaction<'_>, (table, mut values): Line, facts: &mut u64) -> rusqlite::Result<()> {
    if table.name == "ck_fact"
        && let [.., lane, seq] = values.as_mut_slice()
    {
        *facts += 1;
        (*lane, *seq) = (Value::Number(LANE.0.into()), Value::Number(to_sql(*facts)));
    }
    let places: Vec<_> = (1..=values.len()).map(|place| format!("?{place}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.name, columns(table), places.join(", "));
    transaction.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values.iter().map(Plain))).map(drop)
}

/// What rows say of each other.
fn settle(transaction: &Transaction<'_>, facts: u64) -> rusqlite::Result<()> {
    let begins = ChainHead::default();
    // No lane goes back: who was told how far it has come waits for what comes after.
    let before: i64 =
        transaction.query_row("SELECT coalesce(max(fact_head), 0) FROM ck_lane", [], |row| row.get(0))?;
    transaction.execute("UPDATE ck_lane SET fact_head = 0", [])?;
    transaction.execute(
        "INSERT INTO ck_lane (lane, fact_head, event_head, chain) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (lane) DO UPDATE SET fact_head = excluded.fact_head",
        params![LANE.0, to_sql(facts).max(before), to_sql(begins.seq), begins.digest.0.as_slice()],
    )?;
    transaction.execute(
        "UPDATE ck_session SET user_at_least = \
         coalesce((SELECT at_least FROM ck_fact WHERE fact_key = CAST(x'05' || subject AS BLOB)), 0)",
        [],
    )?;
    for belongs in ["ck_old_ticket", "ck_family"] {
        let sql = format!("DELETE FROM {belongs} WHERE session NOT IN (SELECT id FROM ck_session)");
        transaction.execute(&sql, [])?;
    }
    Ok(())
}
