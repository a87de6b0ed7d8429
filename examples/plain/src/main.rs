//! A hyper server with sessions, and no framework: the layers are tower services. `cargo run -p plain`, then
//! <http://localhost:3001>.

use bytes::Bytes;
use cloakroom::pages::escaped;
use cloakroom::{
    Cloakroom, CsrfLayer, Handle, HeadersLayer, PeerAddress, Replay, SessionError, SessionLayer, SqliteStore,
};
use core::convert::Infallible;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::error::Error;
use tokio::net::TcpListener;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

/// What comes through the layers: they have looked at the front of the body already, if there was a form.
type Came = Request<Replay<Incoming>>;
type Page = Response<Full<Bytes>>;

fn page(status: StatusCode, html: String) -> Page {
    let mut page = Response::new(Full::from(html));
    *page.status_mut() = status;
    page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    page
}

/// Counts visits; a form ends the session.
async fn visited(method: &Method, path: &str, session: &Handle) -> Result<Page, SessionError> {
    match (method, path) {
        (&Method::GET, "/") => {
            session.look().await?;
            let visits = session.get::<u32>("visits")?.unwrap_or_default() + 1;
            session.set("visits", &visits)?;
            let csrf = escaped(&session.csrf_token().await?);
            Ok(page(
                StatusCode::OK,
                format!(
                    "<!doctype html><title>Plain</title><p>Visit {visits}<form method=post action=/forget>\
                     <input type=hidden name=_csrf value=\"{csrf}\"><button>Forget me</button></form>"
                ),
            ))
        }
        (&Method::POST, "/forget") => {
            session.sign_out().await?;
            Ok(page(StatusCode::OK, "Forgotten.".to_owned()))
        }
        _ => Ok(page(StatusCode::NOT_FOUND, "There is nothing here.".to_owned())),
    }
}

async fn answer(request: Came) -> Result<Page, Infallible> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    // The session layer put it there.
    let Some(session) = request.extensions().get::<Handle>().cloned() else {
        return Ok(page(StatusCode::INTERNAL_SERVER_ERROR, String::new()));
    };
    Ok(visited(&method, &path, &session).await.unwrap_or_else(|error| error.problem().answer()))
}

/// Serves for ever.
async fn serve(listener: TcpListener, cloakroom: Cloakroom) -> Result<(), Box<dyn Error + Send + Sync>> {
    let site = cloakroom.site();
    // Outermost first: headers on every answer, then the session, then what was not meant is refused.
    let app = HeadersLayer(site.clone())
        .layer(SessionLayer(site.clone()).layer(CsrfLayer(site.clone()).layer(service_fn(answer))));
    loop {
        let (stream, peer) = listener.accept().await?;
        let app = app.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(PeerAddress(peer.ip()));
            request
        });
        tokio::spawn(async move {
            let serving = hyper::server::conn::http1::Builder::new();
            let _gone = serving.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)).await;
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let store = SqliteStore::open("plain-data/app.db").await?;
    let cloakroom = Cloakroom::builder().store(store).origin("http://localhost:3001").build().await?;
    serve(TcpListener::bind("127.0.0.1:3001").await?, cloakroom).await
}

#[cfg(test)]
mod tests;
