//! `bench/run sessions`: requests with a session cookie, beside the same route of bare axum. The server has one core, the
//! load the other; the variants take turns.

mod load;

mod servers;

use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::quantile;
use cloakroom_testkit::engine::Failure;

use servers::Server;
use std::time::Duration;

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let (rounds, window) = if has("--quick") { (3, 500) } else { (7, 1_500) };
    let mut report = Report::of("sessions", has("--json"));
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
    let median = |rounds: &[load::Answered]| {
        let mut rates: Vec<f64> = rounds.iter().map(|one| one.rate).collect();
        quantile(&mut rates, 0.5)
    };
    let bare = measured.first().map(|rounds| median(rounds)).unwrap_or_default();
    for (Server { name, note, .. }, rounds) in servers.iter().zip(&measured) {
        let mut latencies: Vec<f64> = rounds.iter().flat_map(|one| one.micros.iter().copied()).collect();
        let rate = median(rounds);
        report.row(&Row {
            name: (*name).to_owned(),
            baseline: "bare axum, 204, the same cookie header",
            value: rate,
            unit: "/s",
            ratio: Some(rate / bare),
            p50_us: Some(quantile(&mut latencies, 0.5)),
            p99_us: Some(quantile(&mut latencies, 0.99)),
            note: (*note).to_owned(),
            ..Row::default()
        })?;
    }
    report.end()
}
