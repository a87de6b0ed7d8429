//! `crash --cycles N [--on sqlite|postgres|redis|redis-alone]`: kills a writing process, and the servers it writes to, N times and prints what it found.

use cloakroom_testkit::crash::servers::Servers;
use cloakroom_testkit::crash::{File, World, run, writer};
use cloakroom_testkit::engine::{Failure, Place};
use rustix::fs::{FlockOperation, fcntl_lock};
use std::io::Write;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--write", cycle, durable, ref sessions @ ..] => {
            let sessions = sessions.first().map(|sessions| (*sessions).to_owned());
            writer::write(&Place { durable: durable.to_owned(), sessions }, cycle.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        ["--take", database] => {
            let outsider = std::fs::File::options().read(true).write(true).open(database)?;
            let taken = fcntl_lock(outsider, FlockOperation::NonBlockingLockExclusive).is_ok();
            Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        ["--cycles", cycles] | ["--cycles", cycles, "--on", "sqlite"] => {
            kill(&mut File::default(), cycles.parse()?)
        }
        ["--cycles", cycles, "--on", on @ ("postgres" | "redis" | "redis-alone")] => {
            kill(&mut Servers::start(on)?, cycles.parse()?)
        }
        _ => Err("usage: crash --cycles N [--on sqlite|postgres|redis|redis-alone]".into()),
    }
}

fn kill(world: &mut dyn World, cycles: u64) -> Result<ExitCode, Failure> {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    let report = run(&std::env::current_exe()?, world, cycles, |cycle| {
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
