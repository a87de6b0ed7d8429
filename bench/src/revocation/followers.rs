//! Verifiers in a process of their own, each with a connection and a table, and bare sockets beside them.

use super::authority::ISSUER;
use super::child::{say, told};
use cloakroom::{Checked, Span, Verdict, Verifier};
use cloakroom_bench::timing::moment;
use cloakroom_testkit::engine::Failure;
use core::time::Duration;
use std::future::Future;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

async fn verifiers(address: &str, credential: &str, count: usize) -> Result<Vec<Verifier>, Failure> {
    let all = (0..count).map(|_| {
        Verifier::builder(ISSUER, ISSUER)
            .authority(address)
            .credential(credential)
            .start()
            .map_err(Failure::from)
    });
    let all = all.collect::<Result<Vec<_>, _>>()?;
    for verifier in &all {
        verifier.guard().knows().await;
    }
    Ok(all)
}

/// The moments at which all of them were done.
async fn moments(
    works: impl Iterator<Item = impl Future<Output = Result<(), String>> + Send + 'static>,
) -> Result<String, Failure> {
    let mut all = JoinSet::new();
    works.for_each(|work| {
        all.spawn(async move { work.await.map(|()| moment()) });
    });
    let all = all.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(all.iter().map(i64::to_string).collect::<Vec<_>>().join(" "))
}

/// Each token is let in by all, and then waited for until none lets it in.
pub(crate) fn follow(address: &str, credential: &str, count: usize) -> Result<(), Failure> {
    run(async {
        let all = verifiers(address, credential, count).await?;
        say("ready")?;
        for token in told()? {
            for verifier in &all {
                if !matches!(verifier.check(&token), Checked::Known(Verdict::Valid(_))) {
                    return Err(format!("not good: {:?}", verifier.check(&token)).into());
                }
            }
            say("good")?;
            let over = all.iter().cloned().map(|verifier| {
                let token = token.clone();
                async move {
                    match verifier.over(&token).await {
                        Checked::Known(Verdict::Revoked) => Ok(()),
                        other => Err(format!("not revoked: {other:?}")),
                    }
                }
            });
            say(&moments(over).await?)?;
        }
        Ok(())
    })
}

/// Sockets that hear 32 bytes each time.
pub(crate) fn listen(address: &str, count: usize) -> Result<(), Failure> {
    run(async {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(TcpStream::connect(address).await?);
        }
        say("ready")?;
        for _ in told()? {
            say("good")?;
            let mut heard = JoinSet::new();
            for (number, mut socket) in all.drain(..).enumerate() {
                heard.spawn(async move {
                    let read = socket.read_exact(&mut [0; 32]).await;
                    (number, moment(), socket, read.map(drop))
                });
            }
            let mut heard = heard.join_all().await;
            heard.sort_by_key(|(number, ..)| *number);
            let mut line = Vec::new();
            for (_, at, socket, read) in heard {
                read?;
                line.push(at.to_string());
                all.push(socket);
            }
            say(&line.join(" "))?;
        }
        Ok(())
    })
}

/// What is known is this old when nobody has answered for a while, and this old when somebody does.
const GONE: Span = Span::millis(2_000);
const BACK: Span = Span::millis(1_000);
const LOOKS: Duration = Duration::from_millis(20);

/// The moments at which each knew again, after it had known nothing for a while.
pub(crate) fn come_back(address: &str, credential: &str, count: usize) -> Result<(), Failure> {
    run(async {
        let all = verifiers(address, credential, count).await?;
        say("ready")?;
        let back = all.iter().cloned().map(|verifier| async move {
            while verifier.staleness().is_some_and(|old| old < GONE) {
                tokio::time::sleep(LOOKS).await;
            }
            while verifier.staleness().is_some_and(|old| old > BACK) {
                tokio::time::sleep(LOOKS).await;
            }
            Ok(())
        });
        say(&moments(back).await?)
    })
}

/// Nothing happens.
pub(crate) fn idle(address: &str, credential: &str, count: usize) -> Result<(), Failure> {
    run(async {
        let _all = verifiers(address, credential, count).await?;
        say("ready")?;
        std::future::pending().await
    })
}
