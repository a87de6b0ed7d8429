//! Taking times. Medians of several rounds; two things that are compared take turns.

use std::time::{Duration, Instant};

/// Real time.
pub fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    Instant::now()
}

/// A moment that another process of this machine can compare with its own, in nanoseconds.
pub fn moment() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// How long one call takes.
pub fn timed<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let start = now();
    let done = act();
    (done, start.elapsed())
}

/// In microseconds.
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The one in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    quantile(values, 0.5)
}

/// The one at a part of the way.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * part).round() as usize).copied().unwrap_or_default()
}

/// Runs both in turn, so often; the median of each.
pub fn in_turn<E>(
    rounds: usize,
    mut ours: impl FnMut() -> Result<f64, E>,
    mut baseline: impl FnMut() -> Result<f64, E>,
) -> Result<(f64, f64), E> {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        one.push(ours()?);
        other.push(baseline()?);
    }
    Ok((median(&mut one), median(&mut other)))
}

/// The memory this process holds, in KiB.
pub fn resident_kb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4
}

/// The processor time of this process so far, in microseconds.
pub fn cpu_us() -> std::io::Result<f64> {
    let mut nanos = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanos += text.split(' ').next().and_then(|word| word.parse::<f64>().ok()).unwrap_or_default();
    }
    Ok(nanos / 1e3)
}
