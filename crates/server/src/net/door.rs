//! A listener. `hyper` alone would wait for ever for a peer that connects and says nothing, and a handshake inside of `accept` would make
//! all wait for one; so each connection has a task of its own, and a time by which its first request must be there.

use super::paced::Paced;
use super::slots::{Slot, Slots};
use axum::body::Body;
use axum::response::Response;
use core::convert::Infallible;
use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::pin::{Pin, pin};
use core::time::Duration;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

/// How long a body may pause.
const BODY_PAUSES: Duration = Duration::from_secs(60);

/// Whether it is time to end.
pub(crate) type Stop = watch::Receiver<bool>;

/// A connection's place, and the news that it is time to end: for whatever outlives the connection's requests.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    _slot: Arc<Slot>,
    stop: Stop,
}

impl Place {
    /// Waits until the program ends.
    pub(crate) async fn until_the_end(&mut self) {
        let _gone_too = self.stop.wait_for(|stop| *stop).await;
    }
}

/// What answers requests.
pub(crate) trait Answers: Send + Sync + 'static {
    /// Answers one, from this address.
    fn answer(
        self: Arc<Self>,
        request: Request<Body>,
        peer: IpAddr,
    ) -> Pin<Box<dyn Future<Output = Response> + Send>>;

    /// Whether connections from an address count as its own.
    fn counts(&self, peer: IpAddr) -> bool;
}

/// How much there may be of everything, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) handshake: Duration,
    pub(crate) headers: Duration,
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 256,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(15),
            drain: Duration::from_secs(20),
        }
    }
}

/// A listener that is open.
pub(crate) struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    slots: Slots,
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.headers)
        .max_headers(100)
        .max_buf_size(64 * 1024)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(32 * 1024)
        .max_pending_accept_reset_streams(20)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}

impl Door {
    pub(crate) async fn open(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        limits: Limits,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let slots = Slots::new(limits.connections, limits.connections_per_address);
        Ok(Self { listener, tls, limits, slots })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Lets connections in until it is time to end, then waits for those that are under way.
    pub(crate) async fn serve(self, answers: Arc<dyn Answers>, mut stop: Stop) {
        let builder = Arc::new(builder(&self.limits));
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // No file is left, say: those that close will leave some.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let peer = peer.ip().to_canonical();
            let Some(slot) = self.slots.take(peer, answers.counts(peer)) else {
                // Closed at once: whoever is refused costs nothing more.
                continue;
            };
            let (builder, answers, limits, tls, stop) =
                (builder.clone(), answers.clone(), self.limits, self.tls.clone(), stop.clone());
            let place = Place { _slot: Arc::new(slot), stop: stop.clone() };
            tokio::spawn(async move {
                let _ended =
                    one(stream, Peer { address: peer, place }, tls, &builder, answers, &limits, stop).await;
            });
        }
        drop(self.listener);
        let slots = self.slots;
        let ended = async {
            while slots.taken() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        if timeout(self.limits.drain, ended).await.is_err() {
            tracing::warn!(left = slots.taken(), "connections were cut: they did not end in time");
        }
    }
}

/// Why a connection ended early.
#[derive(Debug)]
struct Ended;

/// Who is at the other end.
struct Peer {
    address: IpAddr,
    place: Place,
}

async fn one(
    stream: TcpStream,
    peer: Peer,
    tls: Option<TlsAcceptor>,
    builder: &Builder<TokioExecutor>,
    answers: Arc<dyn Answers>,
    limits: &Limits,
    stop: Stop,
) -> Result<(), Ended> {
    let _slower = stream.set_nodelay(true);
    match tls {
        None => speak(stream, peer, builder, answers, limits, stop).await,
        Some(tls) => {
            let shaken = timeout(limits.handshake, tls.accept(stream)).await;
            let stream = shaken.map_err(|_| Ended)?.map_err(|_| Ended)?;
            speak(stream, peer, builder, answers, limits, stop).await
        }
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    peer: Peer,
    builder: &Builder<TokioExecutor>,
    answers: Arc<dyn Answers>,
    limits: &Limits,
    mut stop: Stop,
) -> Result<(), Ended> {
    let first = Arc::new(Notify::new());
    let came = first.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        came.notify_one();
        let mut request = request.map(|body| Paced::each(Body::new(body), BODY_PAUSES));
        request.extensions_mut().insert(peer.place.clone());
        let answering = answers.clone().answer(request, peer.address);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let mut connection = pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let says_nothing = async {
        if timeout(limits.headers, first.notified()).await.is_ok() {
            core::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = connection.as_mut() => return ended.map_err(|_| Ended),
        () = says_nothing => return Err(Ended),
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    timeout(limits.drain, connection).await.map_err(|_| Ended)?.map_err(|_| Ended)
}
