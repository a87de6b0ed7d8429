//! Frames over a byte stream.

use super::frame::{length, opened, sealed};
use cloakroom_crypto::channel::Side;
use cloakroom_model::words::text::Malformed;
use core::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Whoever does not take a frame in for so long is not there any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// A stream that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The connection is gone.
    #[error("the connection is gone: {0}")]
    Connection(#[from] std::io::Error),
    /// The other end does not take in what it is sent.
    #[error("the other end takes nothing in")]
    Stuck,
    /// What came is no frame, or not the next one.
    #[error("what came is not the next frame")]
    Malformed,
}

impl From<Malformed> for Broken {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// The frames that come in.
#[derive(Debug)]
pub struct Incoming<R> {
    from: R,
    side: Side,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    /// What comes from there.
    pub const fn new(from: R, side: Side) -> Self {
        Self { from, side, buffer: Vec::new() }
    }

    /// The next frame: its type and body. What was read of it stays here if this is dropped.
    pub async fn next(&mut self) -> Result<Vec<u8>, Broken> {
        let head = self.filled(4).await?;
        let length = length(head.try_into().map_err(|_| Malformed)?)?;
        let frame = self.filled(4 + length).await?.get(4..).ok_or(Malformed)?.to_vec();
        self.buffer.drain(..4 + length);
        Ok(opened(&mut self.side, &frame)?.to_vec())
    }

    /// The first bytes, when so many have come.
    async fn filled(&mut self, count: usize) -> Result<&[u8], Broken> {
        while self.buffer.len() < count {
            self.buffer.reserve(count - self.buffer.len());
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
        Ok(self.buffer.get(..count).unwrap_or_default())
    }
}

/// The frames that go out.
#[derive(Debug)]
pub struct Outgoing<W> {
    to: W,
    side: Side,
    /// What goes out next, together.
    waiting: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Outgoing<W> {
    /// What goes there.
    pub const fn new(to: W, side: Side) -> Self {
        Self { to, side, waiting: Vec::new() }
    }

    /// Puts one behind those that go out next.
    pub fn put(&mut self, frame: &[u8]) {
        self.waiting.extend(sealed(&mut self.side, frame));
    }

    /// Sends what waits. If this is dropped the stream cannot go on.
    pub async fn flush(&mut self) -> Result<(), Broken> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let write = async {
            self.to.write_all(&self.waiting).await?;
            self.to.flush().await
        };
        tokio::time::timeout(PATIENCE, write).await.map_err(|_| Broken::Stuck)??;
        self.waiting.clear();
        Ok(())
    }

    /// Sends one, and what waits before it.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), Broken> {
        self.put(frame);
        self.flush().await
    }
}
