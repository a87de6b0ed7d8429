//! From a router to an app behind the layers. What comes out is finished: no route can be added outside of them.

use crate::client::PeerAddress;
use crate::csrf_layer::{CsrfLayer, CsrfService};
use crate::extract::Guarded;
use crate::headers_layer::{HeadersFuture, HeadersLayer, HeadersService};
use crate::session_layer::{SessionLayer, SessionService};
use crate::site::Site;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::serve::IncomingStream;
use axum::{BoxError, Router};
use bytes::Bytes;
use core::convert::Infallible;
use core::future::{Ready, ready};
use core::net::IpAddr;
use core::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

type Inner = HeadersService<Router>;

/// An app behind Cloakroom's layers. `axum::serve` takes it as it is, and tells it the address of each peer; behind a proxy, or
/// inside of another router, whoever knows it puts a [`PeerAddress`] into the request. What has no session can stand around it:
/// `Router::new().route("/health", …).fallback_service(protected)`.
#[derive(Debug, Clone)]
pub struct Protected {
    inner: Inner,
    peer: Option<IpAddr>,
}

#[derive(Clone)]
struct Both(Site);

impl<S> Layer<S> for Both {
    type Service = SessionService<CsrfService<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionLayer(self.0.clone()).layer(CsrfLayer(self.0.clone()).layer(inner))
    }
}

/// Puts a router behind the layers.
pub fn protect<A: Clone + Send + Sync + 'static>(
    router: Router<Guarded<A>>,
    site: &Site,
    app: A,
) -> Protected {
    let routed = router.with_state(Guarded::new(app)).layer(Both(site.clone()));
    Protected { inner: HeadersLayer(site.clone()).layer(routed), peer: None }
}

impl<Q> Service<Request<Q>> for Protected
where
    Q: http_body::Body<Data = Bytes> + Send + 'static,
    Q::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = HeadersFuture<<Router as Service<Request>>::Future, Body>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Inner as Service<Request>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let mut request = request.map(Body::new);
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(PeerAddress(peer));
        }
        self.inner.call(request)
    }
}

/// One app for each connection, which knows the address of its peer.
impl Service<IncomingStream<'_, tokio::net::TcpListener>> for Protected {
    type Response = Self;
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, tokio::net::TcpListener>) -> Self::Future {
        ready(Ok(Self { inner: self.inner.clone(), peer: Some(stream.remote_addr().ip()) }))
    }
}
