//! Through axum, each in a process of its own, beside bare axum.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use cloakroom::testing::Client;
use cloakroom::{
    Authenticated, Bearer, BearerLayer, Cloakroom, CloakroomExt, Demand, MemoryStore, Protected, Tokens,
};
use cloakroom_bench::load;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::servers::own;
use cloakroom_bench::timing::{median, quantile};
use cloakroom_testkit::engine::Failure;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

const SIGNED_IN: usize = 1_000;
const BARE: &str = "bare axum, Authorization header";
const APPS: [(&str, &str); 6] = [
    (BARE, ""),
    ("bearer layer alone", "1,000 tokens, each seen before"),
    (BARE, ""),
    ("bearer extractor, whole stack", "1,000 tokens, each seen before"),
    ("bare axum, two cookies", ""),
    ("tokens in cookies, whole stack", "1,000 signed in, each seen before"),
];

pub(crate) fn serve(name: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let in_cookies = name.contains("cookies");
        let tokens = if in_cookies { Tokens::new().in_cookies() } else { Tokens::new().in_memory() };
        let builder = Cloakroom::builder().origin("https://app.example").store(MemoryStore::default());
        let cloakroom = builder.tokens(tokens).build().await?;
        let app = Router::new();
        let app = match in_cookies {
            true => app.route("/", get(|_: Authenticated| async { StatusCode::NO_CONTENT })),
            false => app.route("/", get(|_: Bearer| async { StatusCode::NO_CONTENT })),
        };
        let app = app.cloakroom(&cloakroom);
        let lines = signed_in(&cloakroom, &app, in_cookies).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(listener.local_addr()?, &lines)?;
        if name == "bearer layer alone" {
            let layer = BearerLayer::new(cloakroom.site().clone(), Demand::default());
            let app = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT })).layer(layer);
            axum::serve(listener, app).await?;
        } else if name.starts_with("bare") {
            axum::serve(listener, Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }))).await?;
        } else {
            axum::serve(listener, app).await?;
        }
        Ok(())
    })
}

async fn signed_in(cloakroom: &Cloakroom, app: &Protected, in_cookies: bool) -> Result<Vec<String>, Failure> {
    let browser = Client::of(app.clone(), cloakroom);
    let mut lines = Vec::new();
    for number in 0..SIGNED_IN {
        let one = browser.another();
        one.sign_in(&format!("user-{number}"), &[]).await?;
        if in_cookies {
            let cookies: Vec<_> =
                one.cookies().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            lines.push(cookies.join("; "));
        } else {
            let answer = one.fetch("/_cloakroom/token", "").await;
            let token =
                answer.text.split("\"access_token\":\"").nth(1).and_then(|rest| rest.split('"').next());
            lines.push(format!("Authorization: Bearer {}", token.ok_or("no token")?));
        }
    }
    Ok(lines)
}

fn say(address: SocketAddr, lines: &[String]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{address}\n{}\n", lines.join("\n"))?;
    Ok(out.flush()?)
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (rounds, window) = if quick { (5, 200) } else { (21, 400) };
    let (servers, window) = (own(&APPS, &[])?, Duration::from_millis(window));
    for server in &servers {
        load::drive(server, window)?;
    }
    for pair in servers.chunks(2) {
        let [bare, ours] = pair else { continue };
        let (mut rates, mut ratios, mut latencies, mut cpu) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let (bare, ours) = (load::drive(bare, window)?, load::drive(ours, window)?);
            rates.push(ours.rate);
            ratios.push(ours.rate / bare.rate);
            cpu.push(ours.cpu_us);
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
            note: format!("{}; cpu {:.1} us", ours.note, median(&mut cpu)),
            ..Row::default()
        })?;
    }
    Ok(())
}
