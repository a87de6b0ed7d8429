//! A network between two programs, which may do anything: let everything through, hold it back, cut it, change it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything goes through.
    Passes,
    /// What comes waits until it passes again, in its order.
    Holds,
    /// There is no connection.
    Cut,
    /// What is asked arrives; what is answered never does.
    LosesAnswers,
    /// Half of what is asked arrives, and then nothing more.
    Tears,
    /// Everything goes through, a few bytes at a time.
    Drips,
    /// What is answered is something else.
    Garbles,
}

/// What something that is no server of ours would say.
const GARBAGE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
/// What arrives at once where it drips, and how long it takes until there is more.
const DROP: (usize, Duration) = (64, Duration::from_millis(1));

/// What is carried: what a program asks, or what it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
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
                let none = (Arc::default(), Arc::default());
                tokio::spawn(carry(Way::There, near_from, far_to, there, none));
                tokio::spawn(carry(Way::Back, far_from, near_to, back, (spoils, counted.clone())));
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
    way: Way,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    (spoils, carried): (Arc<AtomicU64>, Arc<AtomicU64>),
) {
    let mut bytes = vec![0; 16 * 1024];
    // Something of it has not arrived: nothing that comes later may.
    let mut is_torn = false;
    loop {
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = mode.wait_for(|mode| *mode == Mode::Cut) => 0,
        };
        let Some(read) = bytes.get_mut(..read).filter(|read| !read.is_empty()) else { return };
        // Held back, or never to come.
        let Ok(mode) = mode.wait_for(|mode| *mode != Mode::Holds).await.map(|mode| *mode) else { return };
        let is_spoilt = spoils.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let middle = read.len() / 2;
        if let (Ok(_), Some(byte)) = (is_spoilt, read.get_mut(middle)) {
            *byte ^= 1;
        }
        let written = match (mode, way) {
            (Mode::Cut, _) => return,
            (Mode::LosesAnswers, Way::Back) => {
                is_torn = true;
                continue;
            }
            (Mode::Tears, Way::There) => {
                let _torn = to.write_all(read.get(..middle).unwrap_or_default()).await;
                return;
            }
            _ if is_torn => return,
            (Mode::Garbles, Way::Back) => to.write_all(GARBAGE).await,
            (Mode::Drips, _) => drip(&mut to, read).await,
            _ => to.write_all(read).await,
        };
        carried.fetch_add(read.len() as u64, Ordering::SeqCst);
        if written.is_err() {
            return;
        }
    }
}

async fn drip(to: &mut OwnedWriteHalf, bytes: &[u8]) -> io::Result<()> {
    let (at_once, pause) = DROP;
    for some in bytes.chunks(at_once) {
        to.write_all(some).await?;
        sleep(pause).await;
    }
    Ok(())
}
