//! Listening: TLS and plain http, on ports that the system picks, each request to the world of its host.

use crate::control::Worlds;
use crate::hosts::whose;
use axum::body::Body;
use cloakroom::PeerAddress;
use core::convert::Infallible;
use http::header::HOST;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

async fn answer(
    worlds: Worlds,
    scheme: &'static str,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(PeerAddress(peer.ip()));
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    // Whoever asks for another name by hand says in a header whose door it is.
    let door = request.headers_mut().remove("x-door").and_then(|door| door.to_str().ok().map(str::to_owned));
    let door = door.unwrap_or(host);
    let found = whose(door.split(':').next().unwrap_or_default());
    let world = found.and_then(|(world, role)| Some((worlds.find(world)?, role)));
    match world {
        Some((world, role)) => Ok(world.answer(request, scheme, role).await),
        None => {
            let mut answer = Response::new(Body::from("no such world"));
            *answer.status_mut() = StatusCode::NOT_FOUND;
            Ok(answer)
        }
    }
}

async fn converse<S>(stream: S, worlds: Worlds, scheme: &'static str, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(worlds.clone(), scheme, peer, request));
    let serving = hyper::server::conn::http1::Builder::new();
    let _gone = serving.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

/// Serves plain http.
pub(crate) async fn plain(listener: TcpListener, worlds: Worlds) {
    while let Ok((stream, peer)) = listener.accept().await {
        tokio::spawn(converse(stream, worlds.clone(), "http", peer));
    }
}

/// Serves HTTPS.
pub(crate) async fn tls(listener: TcpListener, acceptor: TlsAcceptor, worlds: Worlds) {
    while let Ok((stream, peer)) = listener.accept().await {
        let (acceptor, worlds) = (acceptor.clone(), worlds.clone());
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, worlds, "https", peer).await;
            }
        });
    }
}
