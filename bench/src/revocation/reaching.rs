//! From the moment at which the authority has acknowledged a revocation, to the one at which a verifier refuses. In another process beside a
//! bare push of 32 bytes to as many sockets of it.

use super::authority::Served;
use super::child::Program;
use cloakroom::Verdict;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::servers::pin;
use cloakroom_bench::timing::{micros, moment, quantile, timed};
use cloakroom_testkit::engine::Failure;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

/// In microseconds: of every one, and of the last of each time.
#[derive(Default)]
struct Delays {
    all: Vec<f64>,
    last: Vec<f64>,
}

impl Delays {
    fn add(&mut self, from: i64, at: &[i64]) {
        let delays = at.iter().map(|at| (at - from).max(0) as f64 / 1e3);
        self.last.push(delays.clone().fold(0.0, f64::max));
        self.all.extend(delays);
    }

    fn row(&mut self, name: String, bare: Option<&mut Self>) -> Row {
        let p50 = quantile(&mut self.all, 0.5);
        let note = format!(
            "p99.9 {:.0} us; the last of all: p50 {:.0} us, p99 {:.0} us; {} samples",
            quantile(&mut self.all, 0.999),
            quantile(&mut self.last, 0.5),
            quantile(&mut self.last, 0.99),
            self.last.len(),
        );
        Row {
            name,
            baseline: if bare.is_some() { "a push of 32 bytes to as many sockets" } else { "" },
            value: p50,
            unit: "us",
            ratio: bare.map(|bare| p50 / quantile(&mut bare.all, 0.5)),
            p50_us: Some(p50),
            p99_us: Some(quantile(&mut self.all, 0.99)),
            note,
            ..Row::default()
        }
    }
}

async fn pushed(count: usize, samples: usize) -> Result<Delays, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let mut child = Program::start(&["listen", &address, &count.to_string()])?;
    let mut sockets = Vec::new();
    for _ in 0..count {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        sockets.push(socket);
    }
    child.hear().await?;
    child.tell((0..samples).map(|_| "again"))?;
    let mut delays = Delays::default();
    for _ in 0..samples {
        child.hear().await?;
        let from = moment();
        for socket in &mut sockets {
            socket.write_all(&[7; 32]).await?;
        }
        delays.add(from, &child.numbers().await?);
    }
    Ok(delays)
}

async fn refused(durable: bool, count: usize, samples: usize) -> Result<Delays, Failure> {
    let served = Served::begin(durable).await?;
    let address = served.address.to_string();
    let mut child = Program::start(&["follow", &address, &served.credential, &count.to_string()])?;
    child.hear().await?;
    child.tell(served.tokens(samples).await?)?;
    let mut delays = Delays::default();
    for sample in 0..samples {
        if child.hear().await? != "good" {
            return Err("a token was not let in".into());
        }
        served.end(sample).await?;
        let from = moment();
        delays.add(from, &child.numbers().await?);
    }
    Ok(delays)
}

/// In this process there is nothing to wait for: how long the first check takes that refuses.
async fn refused_here(samples: usize) -> Result<Delays, Failure> {
    let served = Served::begin(false).await?;
    let tokens = served.tokens(samples).await?;
    let engine = served.cloakroom.site().authority();
    let mut delays = Delays::default();
    for (sample, token) in tokens.iter().enumerate() {
        if !matches!(engine.check_access(token)?, Verdict::Valid(_)) {
            return Err("a token was not let in".into());
        }
        served.end(sample).await?;
        let (verdict, time) = timed(|| engine.check_access(token));
        if !matches!(verdict?, Verdict::Revoked) {
            return Err("a token was let in after it was taken back".into());
        }
        delays.add(0, &[(micros(time) * 1e3) as i64]);
    }
    Ok(delays)
}

pub(crate) fn measure(quick: bool, report: &mut Report) -> Result<(), Failure> {
    let samples = if quick { 200 } else { 10_000 };
    pin(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        report.row(&refused_here(samples).await?.row("revoked, refused here".to_owned(), None))?;
        for count in [1, 10, 100] {
            let mut bare = pushed(count, samples).await?;
            for (store, durable) in [("memory", false), ("SQLite, durable", true)] {
                let mut ours = refused(durable, count, samples).await?;
                let name = format!("revoked, refused elsewhere by {count}, {store}");
                report.row(&ours.row(name, Some(&mut bare)))?;
            }
        }
        Ok(())
    })
}
