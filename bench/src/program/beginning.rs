//! From nothing to the first answer, and what it weighs then.

use super::Size;
use super::running::{Running, file, folder};
use super::talk::Connection;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, micros, now};
use cloakroom_testkit::engine::Failure;
use std::process::{Command, Stdio};

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let bytes = std::fs::metadata(file()?)?.len();
    report.row(&Row {
        name: "the program as a file".to_owned(),
        baseline: "none",
        value: bytes as f64 / 1e6,
        unit: "MB",
        note: "release; debug information is not counted out".to_owned(),
        ..Row::default()
    })?;
    let folder = folder(([127, 0, 0, 1], 1).into())?;
    drop(Running::serve(&folder)?);
    let (mut starts, mut bare, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..if size.quick { 3 } else { 20 } {
        let began = now();
        let running = Running::serve(&folder)?;
        let ready =
            Connection::open(running.internal)?.ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        if ready.status != 200 {
            return Err("it is not ready".into());
        }
        starts.push(micros(began.elapsed()) / 1e3);
        weights.push(running.resident_kb()? as f64 / 1_024.0);
        let began = now();
        Command::new(file()?).arg("--version").stdout(Stdio::null()).status()?;
        bare.push(micros(began.elapsed()) / 1e3);
    }
    let (start, bare) = (median(&mut starts), median(&mut bare));
    report.row(&Row {
        name: "from nothing to the first answer".to_owned(),
        baseline: "the same file saying its version",
        value: start,
        unit: "ms",
        ratio: Some(start / bare),
        note: format!("a store that is there; baseline {bare:.1} ms"),
        ..Row::default()
    })?;
    report.row(&Row {
        name: "memory after the first answer".to_owned(),
        baseline: "none",
        value: median(&mut weights),
        unit: "MB",
        ..Row::default()
    })
}
