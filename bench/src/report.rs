//! Rows: a value, its baseline from the same run, and the ratio of the two.

use cloakroom_testkit::engine::Failure;
use serde_json::json;
use std::io::Write;

/// One measured thing.
#[derive(Debug, Default)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// Beside what.
    pub baseline: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// To the baseline of the same run.
    pub ratio: Option<f64>,
    /// Half of all took no longer.
    pub p50_us: Option<f64>,
    /// Ninety-nine in a hundred took no longer.
    pub p99_us: Option<f64>,
    /// Processor time for each.
    pub cpu_us: Option<f64>,
    /// That of the baseline, in parts of it.
    pub cpu_ratio: Option<f64>,
    /// Memory of the process.
    pub rss_kb: Option<u64>,
    /// Whatever else one must know.
    pub note: String,
}

/// Prints rows, as a table or an object a line.
#[derive(Debug)]
pub struct Report {
    bench: &'static str,
    json: bool,
    rows: usize,
}

impl Report {
    /// A report of a bench.
    #[must_use]
    pub const fn of(bench: &'static str, json: bool) -> Self {
        Self { bench, json, rows: 0 }
    }

    /// One row.
    pub fn row(&mut self, row: &Row) -> Result<(), Failure> {
        self.heading()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let object = json!({
                "bench": self.bench, "row": row.name, "baseline": row.baseline, "value": row.value, "unit": row.unit,
                "ratio": row.ratio, "p50_us": row.p50_us, "p99_us": row.p99_us, "cpu_us": row.cpu_us, "cpu_ratio": row.cpu_ratio, "rss_kb": row.rss_kb, "note": row.note,
            });
            writeln!(out, "{object}")?;
        } else {
            let ratio = row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
            let (name, value, unit) = (&row.name, row.value, row.unit);
            write!(out, "{name:<44}{value:>12.1} {unit:<10}{ratio:>7}  {}", row.baseline)?;
            if let (Some(p50), Some(p99)) = (row.p50_us, row.p99_us) {
                write!(out, "; p50 {p50:.1} us, p99 {p99:.1} us")?;
            }
            if let (Some(cpu), Some(ratio), Some(kb)) = (row.cpu_us, row.cpu_ratio, row.rss_kb) {
                write!(out, "; cpu {cpu:.2} us ({ratio:.2}), {:.1} MB", kb as f64 / 1_024.0)?;
            }
            writeln!(out, "{}{}", if row.note.is_empty() { "" } else { "; " }, row.note)?;
        }
        Ok(())
    }

    /// The heading, once.
    pub fn heading(&mut self) -> Result<(), Failure> {
        if self.rows == 0 && !self.json {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{:<44}{:>12} {:<10}{:>7}  baseline, note", "row", "value", "unit", "ratio")?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The heading stands already.
    pub const fn goes_on(&mut self) {
        self.rows += 1;
    }

    /// Whether it prints objects.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Nothing follows.
    pub fn end(self) -> Result<(), Failure> {
        std::io::stdout().lock().flush()?;
        Ok(())
    }
}
