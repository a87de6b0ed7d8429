//! Through axum, beside bare axum: an API that follows a feed, with nothing and with a million facts in its table.

use super::authority::{ISSUER, Served};
use super::weight::facts;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cloakroom::{BearerLayer, Demand, MaxStaleness, Verifier};
use cloakroom_bench::load;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::servers::own;
use cloakroom_bench::timing::{median, quantile};
use cloakroom_testkit::engine::Failure;
use std::io::Write;
use std::time::Duration;
use tokio::net::TcpListener;

const TOKENS: usize = 1_000;
const BARE: &str = "bare axum";
const APPS: [(&str, &str); 3] = [
    (BARE, ""),
    ("an API that follows, no facts", "1,000 tokens, each seen before"),
    ("an API that follows, a million facts", "1,000 tokens, each seen before"),
];

pub(crate) fn serve(name: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let served = Served::begin(false).await?;
        let verifier = Verifier::builder(ISSUER, ISSUER)
            .authority(&served.address.to_string())
            .credential(&served.credential)
            .start()?;
        verifier.guard().knows().await;
        if name.ends_with("a million facts") {
            verifier.guard().learn(&facts(0, 1_000_000).collect::<Vec<_>>());
        }
        let app = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }));
        let guard = verifier.guard().clone();
        let app = match name {
            BARE => app,
            _ => app.layer(BearerLayer::by(guard, MaxStaleness::standard(), Demand::default())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let tokens = served.tokens(TOKENS).await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", listener.local_addr()?)?;
        for token in tokens {
            writeln!(out, "Authorization: Bearer {token}")?;
        }
        writeln!(out)?;
        out.flush()?;
        drop(out);
        Ok(axum::serve(listener, app).await?)
    })
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (rounds, window) = if quick { (5, 200) } else { (21, 400) };
    let (servers, window) = (own(&APPS, &[])?, Duration::from_millis(window));
    let (bare, apps) = servers.split_first().ok_or("no servers")?;
    for server in &servers {
        load::drive(server, window)?;
    }
    for ours in apps {
        let (mut rates, mut ratios, mut latencies) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (bare, ours) = (load::drive(bare, window)?, load::drive(ours, window)?);
            rates.push(ours.rate);
            ratios.push(ours.rate / bare.rate);
            latencies.extend(ours.micros);
        }
        report.row(&Row {
            name: ours.name.to_owned(),
            baseline: "bare axum, same request",
            value: median(&mut rates),
            unit: "/s",
            ratio: Some(median(&mut ratios)),
            p50_us: Some(quantile(&mut latencies, 0.5)),
            p99_us: Some(quantile(&mut latencies, 0.99)),
            note: ours.note.to_owned(),
            ..Row::default()
        })?;
    }
    Ok(())
}
