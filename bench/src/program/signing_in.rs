//! Sign-ins beside raw argon2, and what a flood of them does to those who are signed in.

use super::Size;
use super::passing::upstream;
use super::running::{APP, AUTH, PASSWORD, Running, folder, people};
use super::talk::{Connection, Visitor};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{micros, now, quantile};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::password::argon2id::{Cost, Memory, hash};
use cloakroom_testkit::engine::Failure;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

const PEOPLE: usize = 400;
/// Who is signed in asks so often.
const EVERY: Duration = Duration::from_millis(4);

/// An address of a network of its own.
fn from(number: usize) -> String {
    format!("10.{}.{}.7", (number >> 8) & 255, number & 255)
}

/// People sign in, one after another, each from a network of their own, until it is time to stop. Answers how many did.
fn signing_in(at: SocketAddr, next: &AtomicUsize, stop: &AtomicBool) -> Result<usize, Failure> {
    let mut done = 0;
    while !stop.load(Relaxed) {
        let number = next.fetch_add(1, Relaxed);
        let mut visitor = Visitor::new(at, from(number));
        let mut connection = Connection::open(at)?;
        let answer = visitor.sign_in(&mut connection, AUTH, &format!("u{}", number % PEOPLE), PASSWORD)?;
        match answer.status {
            303 => done += 1,
            503 => {}
            other => return Err(format!("signing in was answered with {other}").into()),
        }
    }
    Ok(done)
}

fn flood<T>(
    at: SocketAddr,
    callers: usize,
    meanwhile: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, f64), Failure> {
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let began = now();
        let all: Vec<_> = (0..callers).map(|_| scope.spawn(|| signing_in(at, &next, &stop))).collect();
        let measured = meanwhile();
        stop.store(true, Relaxed);
        let mut done = 0;
        for caller in all {
            done += caller.join().map_err(|_| "a caller panicked")??;
        }
        Ok((measured?, done as f64 / began.elapsed().as_secs_f64()))
    })
}

/// Somebody who is signed in asks at a steady rate: how long each took from when it was due.
fn asking(running: &Running, visitor: &Visitor, seconds: f64) -> Result<Vec<f64>, Failure> {
    let mut connection = Connection::open(running.public)?;
    let request = format!("{}\r\n", visitor.head("GET", APP, "/"));
    let (start, mut times) = (now(), Vec::new());
    for number in 0u32.. {
        let due = EVERY * number;
        if due.as_secs_f64() >= seconds {
            break;
        }
        while start.elapsed() < due {
            std::thread::park_timeout(due.saturating_sub(start.elapsed()));
        }
        if connection.ask(&request)?.status != 200 {
            return Err("who was signed in was not let in".into());
        }
        times.push(micros(start.elapsed().saturating_sub(due)));
    }
    Ok(times)
}

fn raw(seconds: f64) -> Result<f64, Failure> {
    let (entropy, mut memory) = (SystemEntropy::open()?, Memory::for_cost(Cost::LEAST));
    let (start, mut done) = (now(), 0);
    while start.elapsed().as_secs_f64() < seconds {
        hash(PASSWORD.as_bytes(), Cost::LEAST, &mut memory, &entropy)?;
        done += 1;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let folder = folder(upstream()?)?;
    people(&folder, PEOPLE)?;
    let running = Running::serve(&folder)?;
    let raw = raw(size.seconds() / 2.0)?;
    let wait = || {
        std::thread::park_timeout(Duration::from_secs_f64(size.seconds()));
        Ok(())
    };
    let ((), rate) = flood(running.public, 8, wait)?;
    report.row(&Row {
        name: "people signed in".to_owned(),
        baseline: "raw argon2id on one thread, the default of hash_threads",
        value: rate,
        unit: "/s",
        ratio: Some(rate / raw),
        note: format!("page, form, hash and durable session; baseline {raw:.0}/s"),
        ..Row::default()
    })?;
    let mut visitor = Visitor::new(running.public, from(60_000));
    visitor.sign_in(&mut Connection::open(running.public)?, AUTH, "u0", PASSWORD)?;
    if visitor.follow(&format!("http://{APP}/"))?.status != 200 {
        return Err("nobody came to the app".into());
    }
    let mut quiet = asking(&running, &visitor, size.seconds())?;
    let (mut flooded, rate) = flood(running.public, 64, || asking(&running, &visitor, size.seconds()))?;
    let (quiet_p99, p99) = (quantile(&mut quiet, 0.99), quantile(&mut flooded, 0.99));
    report.row(&Row {
        name: "p99 behind the proxy during a flood".to_owned(),
        baseline: "p99 when it is quiet, 250 requests a second",
        value: p99,
        unit: "us",
        ratio: Some(p99 / quiet_p99),
        p50_us: Some(quantile(&mut flooded, 0.5)),
        p99_us: Some(p99),
        note: format!("64 callers sign in, {rate:.0}/s of them do; quiet p99 {quiet_p99:.0} us; callers and program share the cores"),
        ..Row::default()
    })
}
