//! The feed, served: `GET /feed` becomes a stream for a verifier that has proven itself.

mod questions;

mod stream;

use crate::problem::Problem;
use crate::refusals;
use cloakroom_authority::Authority;
use cloakroom_verifier::feed::frame::FromAuthority;
use cloakroom_verifier::feed::greeting::{Greeting, HEADER, PROTOCOL, Welcome};
use cloakroom_verifier::feed::stream::{Incoming, Outgoing};
use core::time::Duration;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::{Parts, downcast};
use std::sync::Arc;
use stream::serve;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

pub use cloakroom_verifier::feed::greeting::PATH;

/// So many streams at once.
const STREAMS: usize = 10_000;
/// Whoever does not take the answer in by then gives its room back.
const UPGRADED_WITHIN: Duration = Duration::from_secs(5);

/// The feed of an engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed {
    authority: Authority,
    room: Arc<Semaphore>,
    /// Streams end when it is gone.
    stops: Arc<watch::Sender<()>>,
}

fn names(headers: &HeaderMap, name: http::HeaderName, word: &str) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
}

trait Both: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Both for T {}

/// The connection behind it, which sends each frame at once where we can see to it: a frame that waits until the one before has been
/// acknowledged waits for forty milliseconds.
fn at_once(upgraded: Upgraded) -> Box<dyn Both> {
    match downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(Parts { io, read_buf, .. }) => {
            let stream = io.into_inner();
            // One that cannot is slower.
            let _slower = stream.set_nodelay(true);
            let (from, to) = stream.into_split();
            Box::new(tokio::io::join(std::io::Cursor::new(read_buf).chain(from), to))
        }
        Err(other) => Box::new(TokioIo::new(other)),
    }
}

impl Feed {
    /// Of this engine.
    #[must_use]
    pub fn new(authority: Authority) -> Self {
        Self { authority, room: Arc::new(Semaphore::new(STREAMS)), stops: Arc::new(watch::Sender::new(())) }
    }

    /// Answers `GET /feed`. The stream lives on a task of its own, on the current runtime.
    pub fn answer<Q, B: From<String>>(&self, request: Request<Q>) -> Response<B> {
        match self.begin(request) {
            Ok(welcome) => {
                let mut answer = Response::new(B::from(String::new()));
                *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
                let headers = answer.headers_mut();
                headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
                headers.insert(UPGRADE, HeaderValue::from_static(PROTOCOL));
                if let Ok(value) = HeaderValue::from_str(&welcome.to_text()) {
                    headers.insert(HEADER, value);
                }
                answer
            }
            Err(problem) => problem.answer(),
        }
    }

    fn begin<Q>(&self, mut request: Request<Q>) -> Result<Welcome, Problem> {
        let headers = request.headers();
        let is_asked = request.method() == Method::GET
            && names(headers, CONNECTION, "upgrade")
            && names(headers, UPGRADE, PROTOCOL);
        let greeting = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let greeting = greeting.filter(|_| is_asked).and_then(|text| Greeting::parse(text).ok());
        let greeting = greeting.ok_or(refusals::NO_FEED_REQUEST)?;
        let welcomed = self.authority.welcomes(&greeting).map_err(|denied| refusals::of(&denied))?;
        let (welcome, channel) = welcomed.ok_or(refusals::NO_FOLLOWER)?;
        let (kid, key) = self.authority.receipt_key().map_err(|denied| refusals::of(&denied))?;
        let receipts = FromAuthority::Receipts(kid, *channel.cover.once(key.expose()).expose());
        // Only whoever has shown the key takes any.
        let room = self.room.clone().try_acquire_owned().map_err(|_| refusals::FEED_FULL)?;
        let upgrade = hyper::upgrade::on(&mut request);
        let (authority, stops) = (self.authority.clone(), self.stops.subscribe());
        tokio::spawn(async move {
            if let Ok(Ok(upgraded)) = timeout(UPGRADED_WITHIN, upgrade).await {
                let (from, to) = tokio::io::split(at_once(upgraded));
                let ends = (Incoming::new(from, channel.from_caller), Outgoing::new(to, channel.from_called));
                serve(authority, greeting.service, ends, receipts, stops).await;
            }
            drop(room);
        });
        Ok(welcome)
    }
}
