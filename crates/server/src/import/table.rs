//! A table: names of columns in the first line, in many spellings.

use super::NoFile;
use super::row::{Found, Row, Unread, says_yes};
use std::collections::BTreeMap;

/// What a column holds, by the names people give it.
const COLUMNS: &[(&str, &[&str])] = &[
    ("email", &["email", "emailaddress", "primaryemailaddress", "mail"]),
    ("name", &["username", "login", "userlogin", "nickname"]),
    ("verified", &["emailverified", "verified", "isverified", "emailconfirmed", "emailconfirmedat"]),
    ("called", &["name", "fullname", "displayname", "called"]),
    ("first", &["firstname", "givenname"]),
    ("last", &["lastname", "familyname", "surname"]),
    ("hash", &["passwordhash", "passworddigest", "hashedpassword", "encryptedpassword", "hash", "password"]),
    ("hasher", &["passwordhasher", "passwordhashtype", "hashingalgorithm"]),
    ("groups", &["groups", "roles", "role", "group"]),
    ("disabled", &["disabled", "banned", "blocked", "suspended"]),
    ("active", &["active", "enabled", "isactive"]),
    ("verified-list", &["verifiedemailaddresses"]),
];

fn column(name: &str) -> Option<&'static str> {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    COLUMNS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

/// Some exports put a quote before every cell, so that no spreadsheet takes it for a formula.
fn unquoted(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

/// Columns that are none of ours.
pub(super) fn unused(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map(|names| names.iter().map(str::to_owned).collect::<Vec<_>>());
    names.unwrap_or_default().into_iter().filter(|name| !name.is_empty() && column(name).is_none()).collect()
}

pub(super) fn read(text: &str) -> Result<Vec<Result<Row, Unread>>, NoFile> {
    let bad = |error: csv::Error| {
        let line = error.position().map(|position| usize::try_from(position.line()).unwrap_or_default());
        NoFile::of("CSV", line, "it cannot be read")
    };
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns: Vec<_> = reader.headers().map_err(bad)?.iter().map(column).collect();
    if !columns.iter().flatten().any(|column| ["email", "name"].contains(column)) {
        return Err(NoFile::of("CSV", Some(1), "no column is called `email` or `username`"));
    }
    let is_open = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    let mut rows = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(bad)?;
        // As a spreadsheet counts: the names of the columns are row 1.
        let place = number + 2;
        // What follows a quote that nobody closes is one cell, to the end of the file: no row of it would be told of.
        if is_open && record.iter().any(|cell| cell.contains('\n')) {
            let line = record.position().map(|at| usize::try_from(at.line()).unwrap_or_default());
            return Err(NoFile::of("CSV", line, "a quote is opened there, and closed nowhere"));
        }
        if record.len() != columns.len() {
            rows.push(Err(Unread { place, why: "the row does not have as many cells as the first" }));
            continue;
        }
        let cells: BTreeMap<&str, &str> = columns
            .iter()
            .zip(record.iter())
            .filter_map(|(column, cell)| Some(((*column)?, unquoted(cell))))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        rows.push(found(&cells).row(place));
    }
    Ok(rows)
}

fn found(cells: &BTreeMap<&str, &str>) -> Found {
    let cell = |name: &str| cells.get(name).copied();
    let called = match cell("called") {
        Some(called) => called.to_owned(),
        None => [cell("first"), cell("last")].into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let email = cell("email");
    // A time says that it was; a list, that it is in it.
    let in_list = cell("verified-list")
        .zip(email)
        .is_some_and(|(list, email)| list.split([',', '|']).any(|one| one.trim() == email));
    let verified =
        cell("verified").is_some_and(|said| says_yes(said) || said.contains('-') && said.contains(':'));
    let hash = cell("hash").map(|hash| match cell("hasher") {
        // Django's name, and another salt.
        Some("pbkdf2_sha256") => super::lines::clerk_pbkdf2(hash),
        _ => Ok(hash.to_owned()),
    });
    Found {
        email: email.map(str::to_owned),
        name: cell("name").map(str::to_owned),
        verified: verified || in_list,
        called,
        hash,
        groups: cell("groups")
            .into_iter()
            .flat_map(|groups| groups.split([',', '|', ';']))
            .map(|group| group.trim().to_owned())
            .filter(|group| !group.is_empty())
            .collect(),
        disabled: cell("disabled").is_some_and(says_yes)
            || cell("active").is_some_and(|active| !says_yes(active)),
    }
}
