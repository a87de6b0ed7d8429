//! What somebody reads who has stolen the database.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};
use std::collections::BTreeSet;
use std::path::Path;

const TICKET_BYTES: usize = 32;

/// Every cell of every table, as a thief could present it, and how many sessions there are.
pub(crate) fn read(database: &Path) -> Result<(Vec<String>, i64)> {
    let reading = Connection::open(database)?;
    let tables: Vec<String> = reading
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    let mut cells = BTreeSet::new();
    for table in tables {
        let mut statement = reading.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Text(text) => cells.extend([String::from_utf8_lossy(text).into_owned()]),
                    ValueRef::Blob(bytes) => cells.extend(presentable(bytes)),
                    _ => {}
                }
            }
        }
    }
    let sessions = reading.query_row("SELECT count(*) FROM ck_session", [], |row| row.get(0))?;
    Ok((cells.into_iter().collect(), sessions))
}

/// Bytes as somebody could present them: also as a ticket, whose first four bits are none.
fn presentable(bytes: &[u8]) -> Vec<String> {
    let text = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let mut masked = bytes.to_vec();
    match masked.as_mut_slice() {
        [first, ..] if bytes.len() == TICKET_BYTES => *first &= 0x0f,
        _ => return vec![text(bytes)],
    }
    [bytes, &masked].map(|bytes| format!("ckt_{}", text(bytes))).into()
}
