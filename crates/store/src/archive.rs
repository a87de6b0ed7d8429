//! A store as a file, on its way into another store: the rows of its tables, as they are, and a digest of all of them at the end.
//!
//! Records, digests and sealed keys go over as bytes: whatever opened or refused something before does so afterwards, under the same root key.

mod over;

mod table;

pub use over::Over;
pub use table::{Kind, TABLES, Table, table};

use crate::ledger::Intent;
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_model::words::text::Malformed;

use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::{self, Read, Write};

const MAGIC: &[u8] = b"cloakroom-store/1\n";
/// In place of a table: nothing follows but the digest.
const END: u8 = u8::MAX;
/// No row is longer.
const ROW_AT_MOST: u64 = 1 << 26;

/// What stands in a column of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Nothing,
    /// A number.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
}

impl Value {
    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The bytes, if it is that.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    const fn is_of(&self, kind: Kind) -> bool {
        match self {
            Self::Nothing => true,
            Self::Number(_) => matches!(kind, Kind::Number),
            Self::Bytes(_) => matches!(kind, Kind::Bytes),
            Self::Text(_) => matches!(kind, Kind::Text),
        }
    }
}

/// A row of a table.
pub type Line = (&'static Table, Vec<Value>);

/// How many rows of each table went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; TABLES.len()]);

impl Counts {
    fn add(&mut self, table: usize) {
        if let Some(count) = self.0.get_mut(table) {
            *count += 1;
        }
    }

    /// How many of this one.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        let of = TABLES.iter().zip(self.0).find(|(table, _)| table.name == name);
        of.map(|(_, count)| count).unwrap_or_default()
    }
}

/// A file that is no archive, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum NoArchive {
    /// It cannot be read or written.
    #[error("CK2028: {0}")]
    File(#[from] io::Error),
    /// It is something else.
    #[error("CK2028: this is no file that `export` wrote, or one of a later version")]
    Other,
    /// It ends too early, or was changed.
    #[error(
        "CK2028: the file is damaged or cut short: nothing of it was taken\nhint: copy it again, or `export` again: a store that was exported can be exported once more"
    )]
    Damaged,
}

impl From<Malformed> for NoArchive {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

/// Where a store could be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// There is none.
    Free,
    /// An import was begun there and not finished.
    Begun,
}

/// A store that was not moved.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// The file is the reason.
    #[error("{0}")]
    Archive(#[from] NoArchive),
    /// There is something already where it should go.
    #[error(
        "CK2029: there is a store at {0} already, and two cannot become one\nhint: an empty database, or a file that does not exist yet; if it was imported just now, it is done: `cloakroom doctor`"
    )]
    NotEmpty(String),
    /// Where sessions are is the reason.
    #[error(
        "CK2010: what sessions are kept by does not answer: {0}\nhint: do it again when it does; nothing is lost"
    )]
    Sessions(String),
    /// The store is the reason. It says what to do.
    #[error("{0}")]
    Store(Box<dyn core::error::Error + Send + Sync>),
}

impl NotMoved {
    /// What a store says.
    pub fn of(said: impl core::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(said))
    }
}

/// Writes an archive.
#[derive(Debug)]
pub struct ArchiveWriter<W> {
    out: W,
    digest: Sha256,
    counts: Counts,
    done: HashSet<Intent>,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins one.
    pub fn begin(out: W) -> Result<Self, NoArchive> {
        let (digest, counts, done) = (Sha256::new(), Counts::default(), HashSet::new());
        let mut archive = Self { out, digest, counts, done };
        archive.write(MAGIC)?;
        Ok(archive)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), NoArchive> {
        self.digest.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }

    /// A row.
    pub fn row(&mut self, table: &'static Table, values: &[Value]) -> Result<(), NoArchive> {
        let number = TABLES.iter().position(|other| other == table).ok_or(NoArchive::Other)?;
        let is_whole = values.len() == table.columns.len();
        if !is_whole || !values.iter().zip(table.columns).all(|(value, (_, kind))| value.is_of(*kind)) {
            return Err(NoArchive::Other);
        }
        let mut row = Writer::beginning(&[u8::try_from(number).unwrap_or(END)]);
        for value in values {
            match value {
                Value::Nothing => row.byte(0),
                Value::Number(number) => row.byte(1).signed(*number),
                Value::Bytes(bytes) => row.byte(2).bytes(bytes),
                Value::Text(text) => row.byte(3).text(text),
            };
        }
        self.counts.add(number);
        if let ("ck_intent", [Value::Bytes(intent), Value::Number(1), _]) = (table.name, values) {
            self.done.extend(<[u8; 16]>::try_from(intent.as_slice()).map(Intent));
        }
        let mut framed = Writer::default();
        framed.bytes(&row.finish());
        self.write(&framed.finish())
    }

    /// The changes that are spread over two stores and were done, by what was written here.
    #[must_use]
    pub fn done(&self) -> HashSet<Intent> {
        self.done.clone()
    }

    /// Ends it. Answers what it was written to, and how much.
    pub fn finish(mut self) -> Result<(W, Counts), NoArchive> {
        self.write(&[1, END])?;
        let digest = core::mem::take(&mut self.digest).finalize();
        self.out.write_all(&digest)?;
        self.out.flush()?;
        Ok((self.out, self.counts))
    }
}

/// Reads an archive.
#[derive(Debug)]
pub struct ArchiveReader<R> {
    from: R,
    digest: Sha256,
    counts: Counts,
    is_over: bool,
}

impl<R: Read> ArchiveReader<R> {
    /// Begins.
    pub fn begin(from: R) -> Result<Self, NoArchive> {
        let mut archive = Self { from, digest: Sha256::new(), counts: Counts::default(), is_over: false };
        match archive.take(MAGIC.len() as u64) {
            Ok(magic) if magic == MAGIC => Ok(archive),
            Ok(_) | Err(NoArchive::Damaged) => Err(NoArchive::Other),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>, NoArchive> {
        let mut bytes = Vec::new();
        (&mut self.from).take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(NoArchive::Damaged);
        }
        self.digest.update(&bytes);
        Ok(bytes)
    }

    fn length(&mut self) -> Result<u64, NoArchive> {
        let mut bytes = Vec::new();
        loop {
            bytes.append(&mut self.take(1)?);
            if bytes.last().is_none_or(|last| last & 0x80 == 0) || bytes.len() > 9 {
                return Ok(Reader::new(&bytes).number()?);
            }
        }
    }

    /// The next row. None at the end, if everything was read as it was written: before that nothing is known to be right.
    pub fn next_row(&mut self) -> Result<Option<Line>, NoArchive> {
        if self.is_over {
            return Ok(None);
        }
        let length = self.length()?;
        if length > ROW_AT_MOST {
            return Err(NoArchive::Damaged);
        }
        let row = self.take(length)?;
        let mut row = Reader::new(&row);
        let number = row.byte()?;
        if number == END {
            return self.end();
        }
        let table = TABLES.get(usize::from(number)).ok_or(NoArchive::Damaged)?;
        let mut values = Vec::with_capacity(table.columns.len());
        for (_, kind) in table.columns {
            let value = match row.byte()? {
                0 => Value::Nothing,
                1 => Value::Number(row.signed()?),
                2 => Value::Bytes(row.bytes()?.to_vec()),
                3 => Value::Text(row.text()?.to_owned()),
                _ => return Err(NoArchive::Damaged),
            };
            if !value.is_of(*kind) {
                return Err(NoArchive::Damaged);
            }
            values.push(value);
        }
        row.end()?;
        self.counts.add(usize::from(number));
        Ok(Some((table, values)))
    }

    fn end(&mut self) -> Result<Option<Line>, NoArchive> {
        self.is_over = true;
        let read = core::mem::take(&mut self.digest).finalize();
        let written = self.take(read.len() as u64)?;
        let mut more = [0];
        if written.as_slice() != read.as_slice() || self.from.read(&mut more)? != 0 {
            return Err(NoArchive::Damaged);
        }
        Ok(None)
    }

    /// How much was read so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }
}

/// Reads all of it, and says how much there is: whoever takes it in knows beforehand that it is whole.
pub fn verify(from: impl Read) -> Result<Counts, NoArchive> {
    let mut archive = ArchiveReader::begin(from)?;
    while archive.next_row()?.is_some() {}
    Ok(archive.counts())
}

#[cfg(test)]
mod tests;
