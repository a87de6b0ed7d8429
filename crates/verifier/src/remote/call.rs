//! Calling an authority: an HTTP request that becomes a stream, on which each end has proven itself to the other.

use crate::feed::greeting::{Greeting, HEADER, PATH, PROTOCOL, Welcome};
use crate::feed::stream::{Broken, Incoming, Outgoing};
use bytes::Bytes;
use cloakroom_crypto::channel::{self, Channel, Cover};
use cloakroom_model::ports::Entropy;
use cloakroom_model::words::feed_credential::FeedCredential;
use core::time::Duration;
use http::header::{CONNECTION, HOST, UPGRADE};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::path::PathBuf;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::net::TcpStream;

/// An authority that has not answered by then is called again.
const PATIENCE: Duration = Duration::from_secs(5);

type Both = TokioIo<Upgraded>;
pub(super) type Ends = (Incoming<ReadHalf<Both>>, Outgoing<WriteHalf<Both>>, Cover);

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub enum NoStream {
    /// Nobody is there, or it takes too long.
    #[error("the authority is not there: {0}")]
    Unreachable(String),
    /// It does not let this credential follow.
    #[error(
        "the authority does not let this credential follow: it was taken back, or belongs to another authority"
    )]
    NotAllowed,
    /// It answers something else.
    #[error("what answers is no feed (status {0})")]
    NoFeed(u16),
    /// It has not shown that it has the key: it is not the authority of this credential.
    #[error("what answers cannot prove that it is the authority of this credential")]
    NotTheAuthority,
    /// Something is missing, or the authority has lost something, or it is silent: it is read anew.
    #[error("what the authority says cannot be followed on this stream")]
    CannotBeFollowed,
    /// The authority waits for nobody who bears as much.
    #[error("the authority waits for no verifier that bears as much as this one")]
    BearsTooMuch,
    /// The authority has stopped.
    #[error("the authority has stopped")]
    Stopped,
    /// What was kept of the last time is not believed, or cannot be read: everything is read anew.
    #[error("what was kept in {0} is left out: {1}")]
    NothingKept(PathBuf, &'static str),
    /// What is known cannot be kept for the next time. It is followed all the same.
    #[error("nothing can be kept in {0}: {1}")]
    CannotKeep(PathBuf, String),
    /// The stream has ended.
    #[error(transparent)]
    Broken(#[from] Broken),
}

fn unreachable(error: impl core::fmt::Display) -> NoStream {
    NoStream::Unreachable(error.to_string())
}

/// Calls the authority at `address`, a host and a port.
pub(super) async fn call(
    address: &str,
    credential: &FeedCredential,
    entropy: &dyn Entropy,
) -> Result<Ends, NoStream> {
    let mut nonce = [0; 32];
    entropy.fill(&mut nonce).map_err(unreachable)?;
    match tokio::time::timeout(PATIENCE, answered(address, credential, nonce)).await {
        Ok(called) => called,
        Err(elapsed) => Err(unreachable(elapsed)),
    }
}

async fn answered(address: &str, credential: &FeedCredential, nonce: [u8; 32]) -> Result<Ends, NoStream> {
    let socket = TcpStream::connect(address).await.map_err(unreachable)?;
    socket.set_nodelay(true).map_err(unreachable)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await.map_err(unreachable)?;
    // It ends with the stream that it becomes, or when `sender` goes.
    tokio::spawn(connection.with_upgrades());
    let proof = channel::greeting(&credential.key, PROTOCOL, &nonce).map_err(unreachable)?;
    let greeting = Greeting { kid: credential.kid, service: credential.service, nonce, proof };
    let request = Request::get(PATH)
        .header(HOST, address)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, PROTOCOL)
        .header(HEADER, greeting.to_text())
        .body(Empty::<Bytes>::new())
        .map_err(unreachable)?;
    let answer = sender.send_request(request).await.map_err(unreachable)?;
    match answer.status() {
        StatusCode::SWITCHING_PROTOCOLS => {}
        StatusCode::FORBIDDEN => return Err(NoStream::NotAllowed),
        status => return Err(NoStream::NoFeed(status.as_u16())),
    }
    let shown = answer.headers().get(HEADER).and_then(|value| value.to_str().ok());
    let welcome = shown.and_then(|text| Welcome::parse(text).ok()).ok_or(NoStream::NotTheAuthority)?;
    let channel = Channel::new(&credential.key, PROTOCOL, &nonce, &welcome.nonce).map_err(unreachable)?;
    if !channel.is_answered_by(&welcome.answer) {
        return Err(NoStream::NotTheAuthority);
    }
    let upgraded = hyper::upgrade::on(answer).await.map_err(unreachable)?;
    let (from, to) = tokio::io::split(TokioIo::new(upgraded));
    Ok((Incoming::new(from, channel.from_called), Outgoing::new(to, channel.from_caller), channel.cover))
}
