//! A process that writes is killed in the middle of it. Whatever it acknowledged must be true afterwards, and
//! whatever it had only begun must be there wholly or not at all.
//!
//! The writer says on its standard output what it tries and, after the answer, what was acknowledged. The pipe
//! outlives the writer, so nothing it said is lost.

pub mod writer;

pub mod ledger;

pub mod verdict;

pub mod servers;

use crate::engine::{Engine, Failure, Place};
use ledger::Said;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// After so many cycles the store is begun anew: facts of dead sessions would only slow the loop down.
const CYCLES_ON_ONE_STORE: u64 = 25;

/// What a run of the loop saw.
#[derive(Debug, Default)]
pub struct Report {
    /// How often the writer was killed.
    pub cycles: u64,
    /// How many verbs had been acknowledged.
    pub acknowledged: u64,
    /// How many were under way when it was killed.
    pub under_way: u64,
    /// What was not as it must be.
    pub violations: Vec<String>,
}

/// What is killed, and where it writes.
pub trait World {
    /// Where the next store is. What it needs is there until the next one.
    fn fresh(&mut self) -> Result<Place, Failure>;

    /// Kills it: the writer, or what it writes to.
    fn strike(&mut self, writer: &mut Child) -> Result<(), Failure> {
        Ok(writer.kill()?)
    }

    /// What was killed beside the writer is there again.
    fn mend(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

/// A store in a file.
#[derive(Debug, Default)]
pub struct File(Option<TempDir>);

impl World for File {
    fn fresh(&mut self) -> Result<Place, Failure> {
        let folder = self.0.insert(TempDir::new()?);
        Ok(Place { durable: folder.path().join("store.db").display().to_string(), sessions: None })
    }
}

/// Strikes `cycles` times, each at another place.
pub fn run(
    writer: &Path,
    world: &mut dyn World,
    cycles: u64,
    mut progress: impl FnMut(u64),
) -> Result<Report, Failure> {
    let mut report = Report::default();
    let (mut place, mut said) = (world.fresh()?, Said::default());
    for cycle in 0..cycles {
        if cycle > 0 && cycle % CYCLES_ON_ONE_STORE == 0 {
            (place, said) = (world.fresh()?, Said::default());
        }
        // Spread over one to a few hundred lines, differently in each cycle and the same in each run.
        let lines = 1 + cycle.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 400;
        let before = (said.acknowledged, said.under_way);
        strike_after(writer, world, &place, (cycle, lines), &mut said)?;
        world.mend()?;
        report.cycles += 1;
        report.acknowledged += said.acknowledged - before.0;
        report.under_way += said.under_way - before.1;
        let found = verdict::of(&Engine::at(&place, 10_000)?, &mut said)?;
        report.violations.extend(
            found.into_iter().map(|what| format!("cycle {cycle}, killed after {lines} lines: {what}")),
        );
        progress(cycle + 1);
    }
    Ok(report)
}

fn strike_after(
    writer: &Path,
    world: &mut dyn World,
    place: &Place,
    (cycle, lines): (u64, u64),
    said: &mut Said,
) -> Result<(), Failure> {
    let mut child = Command::new(writer)
        .arg("--write")
        .arg(cycle.to_string())
        .arg(&place.durable)
        .args(&place.sessions)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let output = child.stdout.take().ok_or("a writer without output")?;
    let mut seen = 0;
    let mut output = BufReader::new(output);
    let mut line = String::new();
    // A line without its end was cut off by the kill: it says nothing.
    while output.read_line(&mut line)? > 0 && line.ends_with('\n') {
        said.hear(line.trim_end());
        line.clear();
        seen += 1;
        if seen == lines {
            world.strike(&mut child)?;
        }
    }
    child.wait()?;
    if seen < lines { Err(format!("the writer ended by itself after {seen} lines").into()) } else { Ok(()) }
}
