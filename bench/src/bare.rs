//! What a program writes that does nothing but write: the same number of rows of the same size into tables of the
//! same shape, committed in groups by one thread.

use cloakroom_testkit::engine::Failure;
use parking_lot::Mutex;
use rusqlite::{Connection, params};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

/// How many rows of which kind a verb writes.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// A session more.
    pub open: bool,
    /// A session in place of another.
    pub patch: bool,
    /// A session less.
    pub close: bool,
    /// A family in place of another.
    pub renew: bool,
    /// Events.
    pub events: usize,
    /// Facts.
    pub facts: usize,
}

impl Rows {
    /// What of it is no session.
    #[must_use]
    pub const fn of_the_log(self) -> Self {
        Self { events: self.events, facts: self.facts, ..NONE }
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        let sessions = [self.open, self.patch, self.close, self.renew].into_iter().filter(|one| *one);
        sessions.count() + self.events + self.facts
    }
}

const NONE: Rows = Rows { open: false, patch: false, close: false, renew: false, events: 0, facts: 0 };
/// A sign-in.
pub const OPEN: Rows = Rows { open: true, events: 2, ..NONE };
/// A change of a record.
pub const PATCH: Rows = Rows { patch: true, ..NONE };
/// A sign-out.
pub const CLOSE: Rows = Rows { close: true, events: 1, facts: 1, ..NONE };
/// A renewal.
pub const RENEW: Rows = Rows { renew: true, events: 1, ..NONE };

type Job = (Rows, Sender<bool>);

/// The writer.
#[derive(Debug)]
pub struct Bare(Mutex<Sender<Job>>);

const FAMILIES: &str = include_str!("../../crates/store/src/sql/002_families.lite.sql");
const SCHEMA: &str = include_str!("../../crates/store/src/sql/001_sessions.lite.sql");

impl Bare {
    /// A new database, with so many families to renew.
    pub fn open(path: &Path, families: u64) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(FAMILIES)?;
        connection.execute_batch("BEGIN")?;
        for number in 1..=families {
            let id = id_of(number);
            connection.execute(
                "INSERT INTO ck_family (id, session, record) VALUES (?1, ?1, ?2)",
                params![id.as_slice(), [7u8; 170].as_slice()],
            )?;
        }
        connection.execute_batch("COMMIT")?;
        connection.set_prepared_statement_cache_capacity(16);
        let (queue, jobs) = channel();
        std::thread::spawn(move || {
            let mut done = Done { families, ..Done::default() };
            while let Ok(first) = jobs.recv() {
                group(&connection, first, &jobs, &mut done);
            }
        });
        Ok(Self(Mutex::new(queue)))
    }

    /// Writes the rows of a verb, and waits for the commit.
    pub fn write(&self, rows: Rows) -> Result<(), Failure> {
        let (reply, answer) = channel();
        self.0.lock().send((rows, reply))?;
        if answer.recv()? { Ok(()) } else { Err("the bare writer failed".into()) }
    }
}

/// How many verbs of each kind were written: so a patch or a close meets a row that is there.
#[derive(Debug, Default)]
struct Done {
    all: u64,
    opened: u64,
    closed: u64,
    families: u64,
}

fn group(connection: &Connection, first: Job, jobs: &Receiver<Job>, done: &mut Done) {
    let mut all = vec![first];
    while all.len() < 256 {
        match jobs.try_recv() {
            Ok(job) => all.push(job),
            Err(_) => break,
        }
    }
    let mut good = connection.execute_batch("BEGIN IMMEDIATE").is_ok();
    for (rows, _) in &all {
        done.all += 1;
        done.opened += u64::from(rows.open);
        done.closed += u64::from(rows.close);
        good &= write(connection, *rows, done).is_ok();
    }
    good &= connection.execute_batch("COMMIT").is_ok();
    for (_, reply) in all {
        let _caller_may_be_gone = reply.send(good);
    }
}

/// Thirty-two bytes that are as good as random, like a digest.
fn spread(number: u64) -> [u8; 32] {
    let mut out = [0u8; 32];
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for chunk in out.chunks_mut(8) {
        state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        chunk.copy_from_slice(&state.to_le_bytes());
    }
    out
}

fn write(connection: &Connection, rows: Rows, done: &Done) -> rusqlite::Result<()> {
    let (record, at) = ([7u8; 180], done.all as i64);
    // A patch replaces the row of some session, a close deletes the next one.
    let session = match (rows.open, rows.patch) {
        (true, _) => done.opened,
        (_, true) => 1 + done.all.wrapping_mul(0x9e37_79b9) % done.opened.max(1),
        _ => done.closed,
    };
    let (look_up, id) = (spread(session), id_of(session));
    if rows.open {
        connection
            .prepare_cached(
                "INSERT INTO ck_session (look_up, id, subject, parent, pending, last_seen, expires, idle, absolute, \
                 user_at_least, record) VALUES (?1, ?2, ?3, NULL, 0, ?4, ?5, 3600000, ?6, 0, ?7)",
            )?
            .execute(params![
                look_up.as_slice(),
                id.as_slice(),
                format!("u-{session}"),
                at,
                at + 3_600_000,
                at + 28_800_000,
                record.as_slice()
            ])?;
    }
    if rows.renew {
        let id = id_of(1 + done.all.wrapping_mul(0x9e37_79b9) % done.families.max(1));
        connection
            .prepare_cached("UPDATE ck_family SET record = ?2 WHERE id = ?1")?
            .execute(params![id.as_slice(), [(at % 251) as u8; 170].as_slice()])?;
    }
    if rows.patch {
        connection
            .prepare_cached(
                "UPDATE ck_session SET last_seen = ?2, expires = ?3, record = ?4 WHERE look_up = ?1",
            )?
            .execute(params![look_up.as_slice(), at, at + 3_600_000, record.as_slice()])?;
    }
    if rows.close {
        connection.prepare_cached("DELETE FROM ck_session WHERE id = ?1")?.execute([id.as_slice()])?;
    }
    for event in 0..rows.events {
        connection
            .prepare_cached("INSERT OR REPLACE INTO ck_event (lane, seq, event, payload, digest) VALUES (1, ?1, ?2, ?3, ?4)")?
            .execute(params![at * 4 + event as i64, [5u8; 75].as_slice(), look_up.as_slice(), look_up.as_slice()])?;
    }
    for _ in 0..rows.facts {
        connection
            .prepare_cached(
                "REPLACE INTO ck_fact (fact_key, at_least, kept_until, lane, seq) VALUES (?1, ?2, ?3, 1, ?4)",
            )?
            .execute(params![id.as_slice(), i64::MAX, at, at])?;
    }
    Ok(())
}

fn id_of(number: u64) -> [u8; 16] {
    spread(number ^ 0xffff).first_chunk::<16>().copied().unwrap_or_default()
}
