//! `cloakroom import users`.

use super::commands::{Hand, config_here};
use super::out::{Failure, say, tell};
use crate::control::Order;
use crate::import::{Format, Row, Told, cost_of, guess, read, unused};
use cloakroom_crypto::password::argon2id::{Cost, Memory};
use cloakroom_crypto::password::verify;
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::words::time::Span;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// How many people go over at once.
const AT_ONCE: usize = 100;

/// What is asked for.
pub(super) struct Asked {
    pub(super) file: PathBuf,
    pub(super) format: Option<Format>,
    pub(super) dry_run: bool,
    pub(super) report: Option<PathBuf>,
}

/// What became of all rows.
#[derive(Default)]
struct Counts {
    imported: usize,
    there: usize,
    not: usize,
}

/// Two rows of one name: which of them is meant nobody knows, and the second is told of.
fn twice(rows: &[Row]) -> BTreeMap<usize, usize> {
    let (mut first, mut found) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        for name in &row.names {
            match first.get(&name.to_ascii_lowercase()) {
                Some(earlier) => drop(found.insert(row.place, *earlier)),
                None => drop(first.insert(name.to_ascii_lowercase(), row.place)),
            }
        }
    }
    found
}

struct Report {
    file: Option<std::fs::File>,
    counts: Counts,
}

impl Report {
    fn note(&mut self, place: usize, told: &Told) -> Result<(), Failure> {
        let (word, why) = match told {
            Told::Imported => ("imported", None),
            Told::WouldBe => ("would be imported", None),
            Told::There => ("there already", None),
            Told::Not(why) => ("not imported", Some(why)),
        };
        match told {
            Told::Imported | Told::WouldBe => self.counts.imported += 1,
            Told::There => self.counts.there += 1,
            Told::Not(why) => {
                self.counts.not += 1;
                tell(&format!("row {place}: {why}"));
            }
        }
        if let Some(file) = &mut self.file {
            writeln!(file, "{}", json!({ "row": place, "told": word, "why": why }))
                .map_err(Failure::failed)?;
        }
        Ok(())
    }
}

/// A failed sign-in is answered at the deadline. A hash that takes longer would tell who has an account.
fn are_fast_enough(rows: &[Row], deadline: Span) -> Result<(), Failure> {
    let mut of_each_cost: BTreeMap<String, &str> = BTreeMap::new();
    for hash in rows.iter().filter_map(|row| row.hash.as_deref()) {
        of_each_cost.entry(cost_of(hash)).or_insert(hash);
    }
    for (cost, hash) in of_each_cost {
        let began = SystemClock.since_boot().as_millis();
        let _wrong = verify(hash, b"a password", Cost::LEAST, &mut Memory::default());
        let took = SystemClock.since_boot().as_millis() - began;
        if took >= deadline.as_millis() {
            return Err(Failure::failed(format!(
                "CK7005: hashes like ${cost} take {took} ms here, longer than [users] deadline: how long a wrong password takes would tell who has an account\nhint: set [users] deadline to \"{}ms\" or more, and import again",
                took * 3 / 2
            )));
        }
    }
    Ok(())
}

fn progress(done: usize, all: usize) {
    if std::io::stderr().is_terminal() {
        let part = done * 30 / all.max(1);
        let mut out = std::io::stderr().lock();
        let end = if done == all { "\n" } else { "" };
        let _closed = write!(out, "\r[{}{}] {done} of {all}{end}", "=".repeat(part), " ".repeat(30 - part));
    }
}

pub(super) fn run(config: &Path, asked: &Asked, json: bool) -> Result<(), Failure> {
    let bytes = std::fs::read(&asked.file)
        .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", asked.file.display())))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::failed("CK7002: the file is not UTF-8\nhint: iconv -f UTF-16 -t UTF-8, or unpack it first if it is packed"))?;
    let format = asked.format.unwrap_or_else(|| guess(&asked.file.display().to_string(), &text));
    let rows = read(format, &text).map_err(Failure::failed)?;
    let unused = unused(format, &text);
    if !unused.is_empty() {
        // Somebody else wrote them: nothing in them may be more than text for a terminal.
        let named: Vec<String> = unused.iter().map(|name| format!("{name:?}")).collect();
        tell(&format!("columns that nothing is taken from: {}", named.join(", ")));
    }
    let file = asked.report.as_ref().map(std::fs::File::create).transpose().map_err(Failure::failed)?;
    let mut report = Report { file, counts: Counts::default() };
    let mut good = Vec::new();
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(unread) => report.note(unread.place, &Told::Not(unread.why.to_owned()))?,
        }
    }
    let twice = twice(&good);
    for (place, earlier) in &twice {
        report.note(*place, &Told::Not(format!("row {earlier} has the same address or user name")))?;
    }
    good.retain(|row| !twice.contains_key(&row.place));
    are_fast_enough(&good, config_here(config)?.0.deadline)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        let hand = Hand::reach(config, true).await?;
        let all = good.len();
        let mut done = 0;
        for rows in good.chunks(AT_ONCE) {
            let order = Order::Import { rows: rows.to_vec(), dry_run: asked.dry_run };
            let answer = hand.give(&order).await?;
            let told = answer.get("rows").cloned().unwrap_or_default();
            let told: Vec<Told> = serde_json::from_value(told).map_err(Failure::failed)?;
            for (row, told) in rows.iter().zip(&told) {
                report.note(row.place, told)?;
            }
            done += rows.len();
            progress(done, all);
        }
        hand.let_go().await;
        Ok::<_, Failure>(())
    })?;
    let Counts { imported, there, not } = report.counts;
    let word = if asked.dry_run { "would be imported" } else { "imported" };
    say(&match json {
        true => {
            json!({ "imported": imported, "there": there, "not": not, "dry_run": asked.dry_run }).to_string()
        }
        false => format!("{imported} {word}, {there} there already, {not} not imported"),
    });
    if imported + there == 0 {
        return Err(Failure::failed(
            "CK7003: nobody was imported\nhint: each row that was not is told of above, with its number",
        ));
    }
    Ok(())
}
