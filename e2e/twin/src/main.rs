//! Worlds to attack. `e2e/run` starts this program, asks it for a world, and drives browsers in it. It says on its first line where
//! it listens, and ends when its standard input does.

mod switch;

mod hosts;

mod seen;

mod tls;

mod bank;

mod weak;

mod page;

mod database;

mod world;

mod control;

mod serve;

use cloakroom::CloakroomExt;
use cloakroom::testing::{self, Client, ManualClock};
use std::error::Error;
use std::io::Write;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn say(line: &impl serde::Serialize) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, line)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

#[derive(serde::Serialize)]
struct Listening {
    https: u16,
    http: u16,
    control: u16,
    authority: String,
    spki: String,
}

/// One hash for all customers of all worlds: hashing takes its time.
async fn hash_of_everybody() -> Result<String, Box<dyn Error + Send + Sync>> {
    let cloakroom = testing::cloakroom(&ManualClock::default()).await?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = std::sync::Arc::new(parking_lot::Mutex::new(Some(tell)));
    let engine = cloakroom.clone();
    let hash = move |session: cloakroom::Session| {
        let (engine, tell) = (engine.clone(), tell.clone());
        async move {
            let hash = engine.hash_password("correct horse".to_owned(), session.handle()).await;
            if let (Ok(hash), Some(tell)) = (hash, tell.lock().take()) {
                let _nobody_waits = tell.send(hash);
            }
        }
    };
    let app = axum::Router::new().route("/", axum::routing::get(hash)).cloakroom(&cloakroom);
    Client::of(app, &cloakroom).get("/").await;
    Ok(told.await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    if std::env::args().nth(1).as_deref() == Some("--switches") {
        return say(&switch::ALL);
    }
    let bind = || TcpListener::bind("127.0.0.1:0");
    let (https, http, control) = (bind().await?, bind().await?, bind().await?);
    let trust = tls::trust()?;
    let ports = [&https, &http, &control].map(|listener| listener.local_addr().map(|address| address.port()));
    let [https_port, http_port, control_port] = ports;
    let (https_port, http_port, control_port) = (https_port?, http_port?, control_port?);
    let worlds = control::Worlds::new(http_port, hash_of_everybody().await?);
    tokio::spawn(serve::plain(http, worlds.clone()));
    tokio::spawn(serve::tls(https, TlsAcceptor::from(trust.config), worlds.clone()));
    tokio::spawn(axum::serve(control, control::control(worlds)).into_future());
    say(&Listening {
        https: https_port,
        http: http_port,
        control: control_port,
        authority: trust.authority,
        spki: trust.spki,
    })?;
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await?;
    Ok(())
}
