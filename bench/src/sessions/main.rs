//! `bench/run sessions`: requests with a session cookie, beside the same route of bare axum. Each server is a process on one
//! core, the load has the other; they take turns. `bench/run sessions serve NAME` is one of the servers.

mod apps;

mod inside;

use cloakroom_bench::load;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::servers::{own, peers};
use cloakroom_bench::timing::{median, quantile};
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use cloakroom_testkit::engine::Failure;
use std::time::Duration;
use tempfile::TempDir;

/// A window of a server, and the one of the baseline before it.
struct Pair {
    bare: load::Answered,
    ours: load::Answered,
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, name, postgres, redis, key] = words.as_slice()
        && serve == "serve"
    {
        return apps::serve(name, postgres, redis, key);
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    let (rounds, window) = if has("--quick") { (5, 200) } else { (21, 400) };
    let window = Duration::from_millis(window);
    let mut report = Report::of("sessions", has("--json"));
    inside::measure(&mut report)?;
    if has("--inside") {
        return report.end();
    }
    let (postgres, redis) = (Postgres::start(&[], None)?, Redis::start(&[])?);
    let at = |database: String| postgres.url(&database);
    let folder = TempDir::new()?;
    let key = folder.path().join("root.key").display().to_string();
    let mut servers = own(&apps::APPS, &[at(postgres.database()?), redis.url("ours:"), key])?;
    let address = redis.url("");
    let bare_address = address.split('?').next().unwrap_or_default();
    servers.extend(peers(&at(postgres.database()?), bare_address)?);
    let bare = servers.first().ok_or("no server")?;
    let mut measured: Vec<Vec<Pair>> = servers.iter().map(|_| Vec::new()).collect();
    for server in &servers {
        load::drive(server, window)?;
    }
    // Each window of each server right behind one of the baseline: what else goes on here changes from second to second.
    for _ in 0..rounds {
        for (server, pairs) in servers.iter().zip(&mut measured) {
            pairs.push(Pair { bare: load::drive(bare, window)?, ours: load::drive(server, window)? });
        }
    }
    for (server, pairs) in servers.iter().zip(&measured) {
        let of = |what: fn(&Pair) -> f64| median(&mut pairs.iter().map(what).collect::<Vec<_>>());
        let mut latencies: Vec<f64> =
            pairs.iter().flat_map(|pair| pair.ours.micros.iter().copied()).collect();
        report.row(&Row {
            name: server.name.to_owned(),
            baseline: "bare axum",
            value: of(|pair| pair.ours.rate),
            unit: "/s",
            ratio: Some(of(|pair| pair.ours.rate / pair.bare.rate)),
            p50_us: Some(quantile(&mut latencies, 0.5)),
            p99_us: Some(quantile(&mut latencies, 0.99)),
            cpu_us: Some(of(|pair| pair.ours.cpu_us)),
            cpu_ratio: Some(of(|pair| pair.bare.cpu_us / pair.ours.cpu_us)),
            rss_kb: Some(server.resident_kb()?),
            note: server.note.to_owned(),
        })?;
    }
    report.end()
}
