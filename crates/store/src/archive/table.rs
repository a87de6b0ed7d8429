//! What a store on SQL is made of, in both dialects.

/// What is in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Number,
    /// Bytes.
    Bytes,
    /// Text.
    Text,
}

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, the same in every dialect.
    pub name: &'static str,
    /// Its columns, as SQLite calls them.
    pub columns: &'static [(&'static str, Kind)],
    /// The columns by which rows are in order.
    pub order: &'static str,
    /// Whether it is about sessions, which may lie in another store than the rest.
    pub is_of_sessions: bool,
}

impl Table {
    const fn of(name: &'static str, order: &'static str, columns: &'static [(&'static str, Kind)]) -> Self {
        Self { name, columns, order, is_of_sessions: false }
    }

    const fn of_sessions(self) -> Self {
        Self { is_of_sessions: true, ..self }
    }
}

use Kind::{Bytes, Number, Text};

/// The tables, in the order in which they are written. What hangs from a session stands before it.
pub static TABLES: [Table; 14] = [
    Table::of(
        "ck_key",
        "id",
        &[
            ("id", Bytes),
            ("kid", Number),
            ("purpose", Text),
            ("state", Number),
            ("created", Number),
            ("changed", Number),
            ("sealed", Bytes),
        ],
    ),
    Table::of(
        "ck_lane",
        "lane",
        &[("lane", Number), ("fact_head", Number), ("event_head", Number), ("chain", Bytes)],
    ),
    Table::of(
        "ck_fact",
        "lane, seq",
        &[
            ("fact_key", Bytes),
            ("at_least", Number),
            ("kept_until", Number),
            ("lane", Number),
            ("seq", Number),
        ],
    ),
    Table::of(
        "ck_event",
        "lane, seq",
        &[("lane", Number), ("seq", Number), ("event", Bytes), ("payload", Bytes), ("digest", Bytes)],
    ),
    Table::of(
        "ck_checkpoint",
        "lane, seq, at",
        &[
            ("lane", Number),
            ("seq", Number),
            ("at", Number),
            ("digest", Bytes),
            ("kid", Number),
            ("mac", Bytes),
        ],
    ),
    Table::of("ck_user", "id", &[("id", Bytes), ("version", Number), ("record", Bytes)]),
    Table::of("ck_identifier", "name", &[("name", Text), ("user", Bytes)]),
    Table::of(
        "ck_request",
        "look_up",
        &[("look_up", Bytes), ("user", Bytes), ("expires", Number), ("record", Bytes)],
    ),
    Table::of(
        "ck_outbox",
        "id",
        &[("id", Bytes), ("due", Number), ("tries", Number), ("kept_until", Number), ("sealed", Bytes)],
    ),
    Table::of("ck_intent", "intent", &[("intent", Bytes), ("is_done", Number), ("kept_until", Number)]),
    Table::of("ck_throttle", "bucket", &[("bucket", Bytes), ("full_at", Number)]).of_sessions(),
    Table::of(
        "ck_old_ticket",
        "session, place",
        &[
            ("look_up", Bytes),
            ("session", Bytes),
            ("round", Number),
            ("kid", Number),
            ("superseded", Number),
            ("place", Number),
        ],
    )
    .of_sessions(),
    Table::of("ck_family", "id", &[("id", Bytes), ("session", Bytes), ("record", Bytes)]).of_sessions(),
    Table::of(
        "ck_session",
        "look_up",
        &[
            ("look_up", Bytes),
            ("id", Bytes),
            ("subject", Text),
            ("parent", Bytes),
            ("pending", Number),
            ("last_seen", Number),
            ("expires", Number),
            ("idle", Number),
            ("absolute", Number),
            ("user_at_least", Number),
            ("record", Bytes),
        ],
    )
    .of_sessions(),
];

/// A table by its name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}
