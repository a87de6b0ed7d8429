//! The schema, one file for each step and dialect. Forward only: a step that landed is never changed.

/// A step of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its number, from 1 without gaps.
    pub number: i64,
    /// What it does, in a word.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

/// The steps for SQLite.
pub const SQLITE: &[Migration] = &[
    Migration { number: 1, name: "sessions", sql: include_str!("sql/001_sessions.lite.sql") },
    Migration { number: 2, name: "families", sql: include_str!("sql/002_families.lite.sql") },
    Migration { number: 3, name: "people", sql: include_str!("sql/003_people.lite.sql") },
    Migration { number: 4, name: "intents", sql: include_str!("sql/004_intents.lite.sql") },
];

/// The steps for PostgreSQL.
pub const POSTGRES: &[Migration] = &[
    Migration { number: 1, name: "all", sql: include_str!("sql/001_all.pg.sql") },
    Migration { number: 2, name: "intents", sql: include_str!("sql/002_intents.pg.sql") },
    Migration { number: 3, name: "neighbours", sql: include_str!("sql/003_neighbours.pg.sql") },
];
