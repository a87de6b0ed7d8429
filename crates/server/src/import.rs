//! People from another system, with the passwords they have.

mod hash;

mod row;

mod lines;

mod table;

mod django;

mod auth0;

mod keycloak;

pub(crate) use hash::cost_of;
pub(crate) use row::{Row, Told};

use row::Unread;
use serde_json::Value;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A table with names in its first line
    Csv,
    /// A JSON object a line
    Jsonl,
    /// `manage.py dumpdata auth`
    Django,
    /// Auth0's export: a JSON object a line
    Auth0,
    /// A realm of Keycloak
    Keycloak,
}

/// The file cannot be read as what it is said to be.
#[derive(Debug, thiserror::Error)]
#[error(
    "CK7001: this is no {what}{place}: {why}\nhint: say what it is with --format csv, jsonl, django, auth0 or keycloak"
)]
pub(crate) struct NoFile {
    what: &'static str,
    place: String,
    why: String,
}

impl NoFile {
    fn of(what: &'static str, line: Option<usize>, why: impl core::fmt::Display) -> Self {
        let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
        Self { what, place, why: why.to_string() }
    }
}

/// What a file looks like, by its name and its beginning.
pub(crate) fn guess(name: &str, text: &str) -> Format {
    let begin = text.trim_start();
    if begin.starts_with('[') {
        return Format::Django;
    }
    if begin.starts_with('{') {
        let first = begin.lines().next().unwrap_or_default();
        return match serde_json::from_str::<Value>(first) {
            Ok(object) if object.get("_id").is_some() || object.get("passwordHash").is_some() => {
                Format::Auth0
            }
            Ok(object) if object.get("realm").is_none() => Format::Jsonl,
            _ => Format::Keycloak,
        };
    }
    if name.ends_with(".jsonl") || name.ends_with(".ndjson") { Format::Jsonl } else { Format::Csv }
}

/// Columns of a table that nothing is taken from. Their names, and no more.
pub(crate) fn unused(format: Format, text: &str) -> Vec<String> {
    match format {
        Format::Csv => table::unused(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Format::Jsonl | Format::Django | Format::Auth0 | Format::Keycloak => Vec::new(),
    }
}

/// The people in a file, each with its place; and those that cannot be read, with why.
pub(crate) fn read(format: Format, text: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    // Spreadsheets put a mark before everything.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        Format::Csv => table::read(text),
        Format::Jsonl => lines::read(text),
        Format::Django => django::read(text),
        Format::Auth0 => auth0::read(text),
        Format::Keycloak => keycloak::read(text),
    }
}

#[cfg(test)]
mod tests;
