//! A network between two programs, which may do anything: let everything through, hold it back, cut it, change it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything goes through.
    Passes,
    /// What comes waits until it passes again, in its order.
    Holds,
    /// There is no connection.
    Cut,
}

/// The network in front of a program.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<watch::Sender<Mode>>,
    spoils: Arc<AtomicU64>,
    carried: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.mode.send_replace(Mode::Cut);
        self.task.abort();
    }
}

impl Proxy {
    /// In front of a program that may not be there yet.
    pub async fn before(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mode, spoils) = (Arc::new(watch::Sender::new(Mode::Passes)), Arc::new(AtomicU64::new(0)));
        let carried = Arc::new(AtomicU64::new(0));
        let (modes, spoiled, counted) = (mode.clone(), spoils.clone(), carried.clone());
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if *modes.borrow() == Mode::Cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(target).await else { continue };
                let ((near_from, near_to), (far_from, far_to)) = (near.into_split(), far.into_split());
                let (there, back) = (modes.subscribe(), modes.subscribe());
                let spoils = spoiled.clone();
                tokio::spawn(carry(near_from, far_to, there, Arc::default(), Arc::default()));
                tokio::spawn(carry(far_from, near_to, back, spoils, counted.clone()));
            }
        });
        Ok(Self { address, mode, spoils, carried, task })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it does from now on.
    pub fn does(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// How many bytes have come from the program behind it, and passed.
    #[must_use]
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }

    /// Changes one bit of what comes next from the program behind it, in the middle of what comes together.
    pub fn spoils_next(&self) {
        self.spoils.fetch_add(1, Ordering::SeqCst);
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    spoils: Arc<AtomicU64>,
    carried: Arc<AtomicU64>,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = mode.wait_for(|mode| *mode == Mode::Cut) => 0,
        };
        let Some(read) = bytes.get_mut(..read).filter(|read| !read.is_empty()) else { return };
        // Held back, or never to come.
        match mode.wait_for(|mode| *mode != Mode::Holds).await.map(|mode| *mode) {
            Ok(Mode::Passes) => {}
            Ok(Mode::Holds | Mode::Cut) | Err(_) => return,
        }
        let is_spoilt = spoils.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let middle = read.len() / 2;
        if let (Ok(_), Some(byte)) = (is_spoilt, read.get_mut(middle)) {
            *byte ^= 1;
        }
        carried.fetch_add(read.len() as u64, Ordering::SeqCst);
        if to.write_all(read).await.is_err() {
            return;
        }
    }
}
