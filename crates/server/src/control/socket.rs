//! The socket: one command and one answer a line.

use super::obey::obey;
use super::order::{Answer, Order};
use crate::engine::Engine;
use crate::reload::Reload;
use cloakroom_model::words::origin::WebOrigin;
use core::time::Duration;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// No command is longer.
const AT_MOST: u64 = 4 << 20;
/// Whoever connects says something by then.
const SAYS_WITHIN: Duration = Duration::from_secs(30);

/// How soon somebody is let in again after that failed.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Takes commands until the task is dropped.
pub(crate) fn listen(
    path: &Path,
    engine: Engine,
    public_url: WebOrigin,
    reload: Reload,
) -> io::Result<JoinHandle<()>> {
    // Left over: whoever holds the store's lock is the only one who listens here.
    let _none_there = fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    // The folder is 0700 already; nobody was faster.
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            // No file is left, say. Whoever takes sessions back must get through as soon as there is one again.
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(AGAIN_AFTER).await;
                continue;
            };
            let (engine, public_url, reload) = (engine.clone(), public_url.clone(), reload.clone());
            tokio::spawn(async move {
                let _whoever_asked_is_gone = answer(stream, &engine, &public_url, &reload).await;
            });
        }
    }))
}

async fn answer(
    stream: UnixStream,
    engine: &Engine,
    public_url: &WebOrigin,
    reload: &Reload,
) -> io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut lines = BufReader::new(from.take(AT_MOST)).lines();
    while let Ok(Ok(Some(line))) = timeout(SAYS_WITHIN, lines.next_line()).await {
        let answer = match serde_json::from_str::<Order>(&line) {
            Ok(Order::Reload) => match reload.reload().await {
                Ok(()) => Answer::Done(serde_json::json!({ "reloaded": true })),
                Err(not) => Answer::Not(not.to_string()),
            },
            Ok(order) => obey(engine, public_url, order).await,
            Err(_) => {
                Answer::Not("this server does not know that command: it is of another version".to_owned())
            }
        };
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        to.write_all(&text).await?;
    }
    Ok(())
}

/// Nobody listens there.
#[derive(Debug)]
pub(crate) struct NoServer;

/// Whether a server listens there.
pub(crate) async fn is_there(path: &Path) -> bool {
    UnixStream::connect(path).await.is_ok()
}

/// Asks the server that listens there.
pub(crate) async fn ask(path: &Path, order: &Order) -> Result<io::Result<Answer>, NoServer> {
    let stream = UnixStream::connect(path).await.map_err(|_| NoServer)?;
    Ok(exchange(stream, order).await)
}

async fn exchange(stream: UnixStream, order: &Order) -> io::Result<Answer> {
    let (from, mut to) = stream.into_split();
    let mut text = serde_json::to_vec(order)?;
    text.push(b'\n');
    to.write_all(&text).await?;
    let mut line = String::new();
    BufReader::new(from).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}
