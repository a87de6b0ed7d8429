//! Rows: a value, its baseline from the same run, and the ratio of the two.

use cloakroom_testkit::engine::Failure;
use serde_json::json;
use std::io::Write;

/// One measured thing.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) baseline: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) ratio: Option<f64>,
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
    pub(crate) rss_kb: Option<u64>,
    pub(crate) note: String,
}

#[derive(Debug)]
pub(crate) struct Report {
    bench: &'static str,
    json: bool,
    rows: usize,
}

impl Report {
    pub(crate) const fn of(bench: &'static str, json: bool) -> Self {
        Self { bench, json, rows: 0 }
    }

    pub(crate) fn row(&mut self, row: &Row) -> Result<(), Failure> {
        self.heading()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let object = json!({
                "bench": self.bench, "row": row.name, "baseline": row.baseline, "value": row.value, "unit": row.unit,
                "ratio": row.ratio, "p50_us": row.p50_us, "p99_us": row.p99_us, "rss_kb": row.rss_kb, "note": row.note,
            });
            writeln!(out, "{object}")?;
        } else {
            let ratio = row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
            let (name, value, unit) = (&row.name, row.value, row.unit);
            write!(out, "{name:<44}{value:>12.1} {unit:<10}{ratio:>7}  {}", row.baseline)?;
            if let (Some(p50), Some(p99)) = (row.p50_us, row.p99_us) {
                write!(out, "; p50 {p50:.1} us, p99 {p99:.1} us")?;
            }
            writeln!(out, "{}{}", if row.note.is_empty() { "" } else { "; " }, row.note)?;
        }
        Ok(())
    }

    pub(crate) fn heading(&mut self) -> Result<(), Failure> {
        if self.rows == 0 && !self.json {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{:<44}{:>12} {:<10}{:>7}  baseline, note", "row", "value", "unit", "ratio")?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The heading stands already.
    pub(crate) const fn goes_on(&mut self) {
        self.rows += 1;
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    pub(crate) fn end(self) -> Result<(), Failure> {
        std::io::stdout().lock().flush()?;
        Ok(())
    }
}
