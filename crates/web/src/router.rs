//! From a router to an app behind the layers. What comes out is finished: no route can be added outside of them.

use crate::client::PeerAddress;
use crate::csrf_layer::{CsrfLayer, CsrfService};
use crate::extract::Guarded;
use crate::headers_layer::{HeadersLayer, HeadersService};
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
use core::pin::Pin;
use core::task::{Context, Poll};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// The layers around a router, or inside of it. Inside each request is boxed and cloned once more, but there the template of
/// its route is known, and exemptions name templates.
#[derive(Debug, Clone)]
enum Inner {
    Around(HeadersService<SessionService<CsrfService<Router>>>),
    Inside(HeadersService<Router>),
}

type Around = <HeadersService<SessionService<CsrfService<Router>>> as Service<Request>>::Future;
type Inside = <HeadersService<Router> as Service<Request>>::Future;

pin_project! {
    /// An answer on its way.
    #[project = Projected]
    #[expect(missing_docs, reason = "its parts are nobody's business")]
    pub enum Answering {
        Around { #[pin] running: Around },
        Inside { #[pin] running: Inside },
    }
}

impl core::fmt::Debug for Answering {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Answering")
    }
}

impl Future for Answering {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Around { running } => running.poll(context),
            Projected::Inside { running } => running.poll(context),
        }
    }
}

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
    let (router, both) = (router.with_state(Guarded::new(app)), Both(site.clone()));
    let headers = HeadersLayer(site.clone());
    let inner = match site.settings().exempt.as_slice() {
        [] => Inner::Around(headers.layer(both.layer(router))),
        _ => Inner::Inside(headers.layer(router.layer(both))),
    };
    Protected { inner, peer: None }
}

impl<Q> Service<Request<Q>> for Protected
where
    Q: http_body::Body<Data = Bytes> + Send + 'static,
    Q::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match &mut self.inner {
            Inner::Around(app) => Service::<Request>::poll_ready(app, context),
            Inner::Inside(app) => Service::<Request>::poll_ready(app, context),
        }
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let mut request = request.map(Body::new);
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(PeerAddress(peer));
        }
        match &mut self.inner {
            Inner::Around(app) => Answering::Around { running: app.call(request) },
            Inner::Inside(app) => Answering::Inside { running: app.call(request) },
        }
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
