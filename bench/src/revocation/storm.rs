//! What verifiers cost the authority: those who have nothing to hear, and a thousand who come back at once.

use super::authority::Served;
use super::child::Program;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::servers::pin;
use cloakroom_bench::timing::{cpu_us, moment, quantile};
use cloakroom_testkit::engine::Failure;
use core::time::Duration;

async fn idle(count: usize, window: Duration, report: &mut Report) -> Result<(), Failure> {
    let served = Served::begin(true).await?;
    let address = served.address.to_string();
    let mut child = Program::start(&["idle", &address, &served.credential, &count.to_string()])?;
    child.hear().await?;
    let before = cpu_us()?;
    tokio::time::sleep(window).await;
    let cpu = (cpu_us()? - before) / window.as_secs_f64();
    report.row(&Row {
        name: format!("{count} verifiers with nothing to hear"),
        value: cpu / 1e6 * 100.0,
        unit: "% of a core",
        note: format!("at the authority; {:.1} us a second for each, which asks twice", cpu / count as f64),
        ..Row::default()
    })
}

async fn storm(count: usize, report: &mut Report) -> Result<(), Failure> {
    let mut served = Served::begin(true).await?;
    let address = served.address.to_string();
    let mut child = Program::start(&["return", &address, &served.credential, &count.to_string()])?;
    child.hear().await?;
    served.goes().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let (back, before) = (moment(), cpu_us()?);
    served.comes_back().await?;
    let mut delays: Vec<f64> =
        child.numbers().await?.iter().map(|at| (at - back).max(0) as f64 / 1e3).collect();
    let cpu = cpu_us()? - before;
    report.row(&Row {
        name: format!("{count} verifiers whose authority comes back"),
        value: quantile(&mut delays, 1.0) / 1e3,
        unit: "ms",
        p50_us: Some(quantile(&mut delays, 0.5)),
        p99_us: Some(quantile(&mut delays, 0.99)),
        note: format!(
            "until the last one knows again; {:.0} us of the authority's processor for each",
            cpu / count as f64
        ),
        ..Row::default()
    })
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let (count, window) = if quick { (100, 1) } else { (1_000, 10) };
    pin(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        idle(100, Duration::from_secs(window), report).await?;
        storm(count, report).await
    })
}
