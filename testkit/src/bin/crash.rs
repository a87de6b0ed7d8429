//! `crash --cycles N`: kills a writing process N times and prints what it found.

use cloakroom_testkit::crash::{run, writer};
use cloakroom_testkit::engine::Failure;
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--write", database, cycle] => {
            writer::write(Path::new(database), cycle.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        ["--take", database] => {
            let outsider = File::options().read(true).write(true).open(database)?;
            let taken = fcntl_lock(outsider, FlockOperation::NonBlockingLockExclusive).is_ok();
            Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["--cycles", cycles] => kill(cycles.parse()?),
        _ => Err("usage: crash --cycles N".into()),
    }
}

fn kill(cycles: u64) -> Result<ExitCode, Failure> {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let report = run(&std::env::current_exe()?, cycles, |cycle| {
        let _nobody_looks = write!(err, "\r{cycle} of {cycles}");
    })?;
    writeln!(err)?;
    for violation in &report.violations {
        writeln!(out, "violation: {violation}")?;
    }
    writeln!(
        out,
        "crash: {} cycles, {} verbs acknowledged, {} under way when killed, {} violations",
        report.cycles,
        report.acknowledged,
        report.under_way,
        report.violations.len()
    )?;
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
