//! `bench/run sessions`: requests with a session cookie, beside the same route of bare axum. Each server is a process on one
//! core, the load has the other; they take turns. `bench/run sessions serve NAME` is one of the servers.

mod apps;

mod inside;

mod servers;

mod load;

use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, quantile};
use cloakroom_testkit::engine::Failure;
use servers::Server;
use std::time::Duration;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, name] = words.as_slice()
        && serve == "serve"
    {
        return apps::serve(name);
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    let (rounds, window) = if has("--quick") { (3, 500) } else { (7, 1_500) };
    let mut report = Report::of("sessions", has("--json"));
    inside::measure(&mut report)?;
    if has("--inside") {
        return report.end();
    }
    let servers = servers::start()?;
    let mut measured: Vec<Vec<load::Answered>> = servers.iter().map(|_| Vec::new()).collect();
    for server in &servers {
        load::drive(server, Duration::from_millis(300))?;
    }
    for _ in 0..rounds {
        for (server, rounds) in servers.iter().zip(&mut measured) {
            rounds.push(load::drive(server, Duration::from_millis(window))?);
        }
    }
    let of = |rounds: &[load::Answered], what: fn(&load::Answered) -> f64| {
        median(&mut rounds.iter().map(what).collect::<Vec<_>>())
    };
    let of_bare = |what| measured.first().map(|rounds| of(rounds, what)).unwrap_or_default();
    let (bare_rate, bare_cpu) = (of_bare(|one| one.rate), of_bare(|one| one.cpu_us));
    for (server, rounds) in servers.iter().zip(&measured) {
        let Server { name, note, .. } = server;
        let mut latencies: Vec<f64> = rounds.iter().flat_map(|one| one.micros.iter().copied()).collect();
        let (rate, cpu) = (of(rounds, |one| one.rate), of(rounds, |one| one.cpu_us));
        report.row(&Row {
            name: (*name).to_owned(),
            baseline: "bare axum",
            value: rate,
            unit: "/s",
            ratio: Some(rate / bare_rate),
            p50_us: Some(quantile(&mut latencies, 0.5)),
            p99_us: Some(quantile(&mut latencies, 0.99)),
            cpu_us: Some(cpu),
            cpu_ratio: Some(bare_cpu / cpu),
            rss_kb: Some(server.resident_kb()?),
            note: (*note).to_owned(),
        })?;
    }
    report.end()
}
