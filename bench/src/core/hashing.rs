//! Password hashing: what the queue costs, and what a flood of sign-ins does to session checks beside it.

use super::Size;
use super::synthetic::{Desk, ticket};
use cloakroom_authority::ports::hasher::{Hasher, Shape, Visitor};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, micros, now, quantile, timed};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::password::argon2id::{Cost, Memory, hash};
use cloakroom_model::words::secret::Secret;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_testkit::engine::{Failure, wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// One thread for two cores: the default.
const THREADS: usize = 1;
/// Checks come at a steady rate, well below what the machine could do.
const EVERY: Duration = Duration::from_micros(100);

fn visitor() -> Visitor {
    Visitor { prefix: "192.0.2.0/24".to_owned(), known_browser: false }
}

fn shape() -> Shape {
    Shape { threads: THREADS, ..Shape::default() }
}

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let hashes = if size.quick { 20 } else { 100 };
    let hasher = Hasher::start(shape(), Arc::new(SystemEntropy::open()?))?;
    let (ours, raw) =
        in_turn::<Failure>(if size.quick { 3 } else { 5 }, || queued(&hasher, hashes), || bare(hashes))?;
    report.row(&Row {
        name: "argon2id through the queue".to_owned(),
        baseline: "raw argon2 on as many threads",
        value: ours,
        unit: "/s",
        ratio: Some(ours / raw),
        note: format!("baseline {raw:.0}/s; 19 MiB, t=2, p=1, {THREADS} threads"),
        ..Row::default()
    })?;
    beside_checks(size, &hasher, ours, report)
}

/// Eight callers wait for their hashes.
fn queued(hasher: &Hasher, hashes: u64) -> Result<f64, Failure> {
    let left = AtomicU64::new(hashes);
    let (done, time) = timed(|| {
        std::thread::scope(|scope| {
            let caller = || {
                while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                    wait(hasher.hash(Secret::new("correct horse".to_owned()), visitor()))?;
                }
                Ok::<_, Failure>(())
            };
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(caller)).collect();
            callers.into_iter().try_for_each(|caller| caller.join().map_err(|_| "a caller panicked")?)
        })
    });
    done?;
    Ok(hashes as f64 / time.as_secs_f64())
}

fn bare(hashes: u64) -> Result<f64, Failure> {
    let entropy = SystemEntropy::open()?;
    let left = AtomicU64::new(hashes);
    let (done, time) = timed(|| {
        std::thread::scope(|scope| {
            let worker = || {
                let mut memory = Memory::for_cost(Cost::LEAST);
                while left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
                    hash(b"correct horse", Cost::LEAST, &mut memory, &entropy)?;
                }
                Ok::<_, Failure>(())
            };
            let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        })
    });
    done?;
    Ok(hashes as f64 / time.as_secs_f64())
}

/// Checks at a steady rate for a while: how long each took from when it was due.
fn checks(seconds: u64) -> Result<Vec<f64>, Failure> {
    let desk = Desk::open(20_000)?;
    let tickets: Vec<Ticket> = (0..10_000).map(ticket).collect::<Result<_, _>>()?;
    tickets.iter().try_for_each(|ticket| desk.learn(ticket))?;
    let (start, mut times) = (now(), Vec::new());
    for (number, ticket) in (0u32..).zip(tickets.iter().cycle()) {
        let due = EVERY * number;
        if due >= Duration::from_secs(seconds) {
            break;
        }
        while start.elapsed() < due {
            std::thread::park_timeout(due.saturating_sub(start.elapsed()));
        }
        if !desk.knows(ticket) {
            return Err("a known session was not known".into());
        }
        times.push(micros(start.elapsed().saturating_sub(due)));
    }
    Ok(times)
}

fn beside_checks(size: Size, hasher: &Hasher, quiet_rate: f64, report: &mut Report) -> Result<(), Failure> {
    let seconds = if size.quick { 2 } else { 8 };
    let mut quiet = checks(seconds)?;
    let (stop, hashed) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut flooded = std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while !stop.load(Relaxed) {
                    let done = wait(hasher.hash(Secret::new("correct horse".to_owned()), visitor()));
                    hashed.fetch_add(u64::from(done.is_ok()), Relaxed);
                }
            });
        }
        let flooded = checks(seconds);
        stop.store(true, Relaxed);
        flooded
    })?;
    let (quiet_p99, flooded_p99) = (quantile(&mut quiet, 0.99), quantile(&mut flooded, 0.99));
    let rate = hashed.load(Relaxed) as f64 / seconds as f64;
    report.row(&Row {
        name: "check p99 during a flood of sign-ins".to_owned(),
        baseline: "check p99 when it is quiet, 10,000 checks a second",
        value: flooded_p99,
        unit: "us",
        ratio: Some(flooded_p99 / quiet_p99),
        p50_us: Some(quantile(&mut flooded, 0.5)),
        p99_us: Some(flooded_p99),
        note: format!(
            "quiet p99 {quiet_p99:.1} us; hashes go on at {:.2} of {quiet_rate:.0}/s",
            rate / quiet_rate
        ),
        ..Row::default()
    })
}
