//! The app's own data: who there is, and what they wrote. Sessions are none of it.

use cloakroom::SubjectId;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::path::Path;

/// A note or a file.
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) text: String,
}

pub(crate) struct Data(Mutex<Connection>);

impl Data {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE IF NOT EXISTS user (name TEXT PRIMARY KEY, hash TEXT NOT NULL, admin INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL);",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Whether the name was free. The first user is the administrator.
    pub(crate) fn add_user(&self, name: &SubjectId, hash: &str) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO user SELECT ?1, ?2, NOT EXISTS (SELECT 1 FROM user)";
        Ok(self.0.lock().execute(sql, params![name.as_str(), hash])? == 1)
    }

    /// The stored hash of a user, and whether they are the administrator.
    pub(crate) fn user(&self, name: &SubjectId) -> Result<Option<(String, bool)>> {
        let connection = self.0.lock();
        let mut statement = connection.prepare("SELECT hash, admin FROM user WHERE name = ?1")?;
        statement.query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    pub(crate) fn users(&self) -> Result<Vec<String>> {
        let connection = self.0.lock();
        let mut statement = connection.prepare("SELECT name FROM user ORDER BY name")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    pub(crate) fn set_hash(&self, name: &SubjectId, hash: &str) -> Result<()> {
        let sql = "UPDATE user SET hash = ?2 WHERE name = ?1";
        self.0.lock().execute(sql, params![name.as_str(), hash]).map(drop)
    }

    pub(crate) fn notes(&self, owner: &SubjectId) -> Result<Vec<Note>> {
        let connection = self.0.lock();
        let mut statement =
            connection.prepare("SELECT id, text FROM note WHERE owner = ?1 ORDER BY id DESC")?;
        statement
            .query_map([owner.as_str()], |row| Ok(Note { id: row.get(0)?, text: row.get(1)? }))?
            .collect()
    }

    pub(crate) fn add_note(&self, owner: &SubjectId, text: &str) -> Result<()> {
        let sql = "INSERT INTO note (owner, text) VALUES (?1, ?2)";
        self.0.lock().execute(sql, params![owner.as_str(), text]).map(drop)
    }

    pub(crate) fn remove_note(&self, owner: &SubjectId, id: i64) -> Result<()> {
        self.0
            .lock()
            .execute("DELETE FROM note WHERE owner = ?1 AND id = ?2", params![owner.as_str(), id])
            .map(drop)
    }
}
