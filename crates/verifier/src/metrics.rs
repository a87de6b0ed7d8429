//! Figures as Prometheus reads them. No figure has a name or an id of anybody in it.

use core::fmt::Display;
use core::sync::atomic::{AtomicU64, Ordering};

/// Lines of text, one figure each.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, about: &str) {
        self.0.push_str(&format!("# HELP {name} {about}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        self.0.push_str(&format!("{name}{labels} {value}\n"));
    }

    /// Something that goes up and down. `None`: nobody can say, and nothing is said.
    pub fn gauge(&mut self, name: &str, about: &str, value: Option<impl Display>) {
        self.head(name, "gauge", about);
        if let Some(value) = value {
            self.line(name, "", value);
        }
    }

    /// Something that is counted, by kind.
    pub fn counts(&mut self, name: &str, about: &str, label: &str, counts: &[(&str, u64)]) {
        self.head(name, "counter", about);
        for (kind, count) in counts {
            self.line(name, &format!("{{{label}=\"{kind}\"}}"), count);
        }
    }

    /// How long something took.
    pub fn histogram(&mut self, name: &str, about: &str, histogram: &Histogram) {
        self.head(name, "histogram", about);
        let mut sum = 0;
        for (upto, count) in UPTO_MS.iter().zip(&histogram.counts) {
            sum += count.load(Ordering::Relaxed);
            self.line(&format!("{name}_bucket"), &format!("{{le=\"{}\"}}", *upto as f64 / 1e3), sum);
        }
        sum += histogram.longer.load(Ordering::Relaxed);
        self.line(&format!("{name}_bucket"), "{le=\"+Inf\"}", sum);
        self.line(&format!("{name}_sum"), "", histogram.sum_ms.load(Ordering::Relaxed) as f64 / 1e3);
        self.line(&format!("{name}_count"), "", sum);
    }

    /// The text.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

const UPTO_MS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// How long something took, each time.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; UPTO_MS.len()],
    longer: AtomicU64,
    sum_ms: AtomicU64,
}

impl Histogram {
    /// It took so long once more.
    pub fn took(&self, millis: i64) {
        let millis = u64::try_from(millis).unwrap_or_default();
        let place = UPTO_MS.iter().position(|upto| millis <= *upto);
        let count = place.and_then(|at| self.counts.get(at)).unwrap_or(&self.longer);
        count.fetch_add(1, Ordering::Relaxed);
        self.sum_ms.fetch_add(millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[cfg(not(feature = "shuttle"))]
mod tests;
