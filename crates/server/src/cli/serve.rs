//! `cloakroom serve`.

use super::commands::read;
use super::out::{Failure, say};
use crate::control::is_there;
use crate::engine::{Engine, Purpose};
use crate::mail::Smtp;
use crate::net::{Door, HotCertificate, Limits, make_room};
use crate::notify::notify;
use crate::reload::Source;
use crate::running::{Mailing, NotRunning, Parts, Running, socket_of};
use crate::telemetry;
use core::time::Duration;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

fn not_running(not: NotRunning) -> Failure {
    match not {
        NotRunning::Pages(not) => Failure::config(not),
        NotRunning::Socket(_) => Failure::failed(not),
    }
}

pub(super) fn run(path: &Path, json: bool) -> Result<(), Failure> {
    let (config, raw) = read(path)?;
    let source = Source { path: path.to_owned(), raw };
    telemetry::begin(config.log_json, &config.log_level);
    make_room(config.connections);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        let certificate = config.tls.clone().map(HotCertificate::open).transpose().map_err(Failure::config)?;
        let acceptor = certificate.as_ref().map(HotCertificate::acceptor).transpose().map_err(Failure::config)?;
        let mailing = match &config.mail {
            Some(mail) => Mailing::Sent(Arc::new(Smtp::new(mail).map_err(Failure::config)?)),
            None => Mailing::Off,
        };
        let limits = Limits {
            connections: config.connections,
            connections_per_address: config.connections_per_address,
            drain: Duration::from_millis(config.drain.as_millis().unsigned_abs()),
            ..Limits::default()
        };
        // Another one with the same folder would take its commands.
        let socket = socket_of(&config.beside);
        if is_there(&socket).await {
            return Err(Failure::failed(format!("CK4021: another server answers at {}\nhint: each has a [store] folder of its own", socket.display())));
        }
        let engine = Engine::open(&config, Purpose::Serve, true).await.map_err(Failure::failed)?;
        let at = |address: core::net::SocketAddr| {
            move |error| Failure::failed(format!("CK4022: cannot listen on {address}: {error}\nhint: another program may be there, or the port needs a right: ports below 1024 want CAP_NET_BIND_SERVICE"))
        };
        let public = Door::open(config.public_listen, acceptor, limits).await.map_err(at(config.public_listen))?;
        let internal =
            Door::open(config.internal_listen, None, limits).await.map_err(at(config.internal_listen))?;
        let (public_at, internal_at) =
            (public.address().map_err(Failure::failed)?, internal.address().map_err(Failure::failed)?);
        let url = config.public_url.clone();
        let parts = Parts { config, source: Some(source), engine, public: vec![public], internal, certificate, mailing, is_dev: false };
        let running = Running::begin(parts).map_err(not_running)?;
        // On stdout: stderr is the log's, line by line.
        say(&match json {
            true => serde_json::json!({ "auth": url.as_str(), "public": public_at.to_string(), "internal": internal_at.to_string(), "pid": std::process::id() }).to_string(),
            false => format!("cloakroom serves {url} on {public_at}, internal on {internal_at}"),
        });
        notify("READY=1");
        until_it_ends(&running).await.map_err(Failure::failed)?;
        notify("STOPPING=1");
        // Whoever asks twice does not want to wait.
        tokio::select! {
            () = running.end() => {}
            _asked_again = until_asked_to_end() => {}
        }
        Ok(())
    })
}

/// Waits for a signal to end; one to read the configuration again is heard meanwhile.
async fn until_it_ends(running: &Running) -> std::io::Result<()> {
    let mut again = signal(SignalKind::hangup())?;
    let ends = until_asked_to_end();
    tokio::pin!(ends);
    loop {
        tokio::select! {
            ended = &mut ends => return ended,
            _ = again.recv() => {
                let reload = running.reload().clone();
                // Somebody may ask for the end meanwhile.
                tokio::spawn(async move {
                    if let Err(error) = reload.reload().await {
                        tracing::error!(%error, "the configuration stays as it was");
                    }
                });
            }
        }
    }
}

/// Waits for a signal to end.
pub(super) async fn until_asked_to_end() -> std::io::Result<()> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    Ok(())
}
