//! The layers without axum, around a plain hyper service.

use bytes::Bytes;
use cloakroom::testing::{self, Client, ManualClock};
use cloakroom::{CsrfLayer, Handle, HeadersLayer, SessionLayer};
use core::convert::Infallible;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_layer::Layer;

async fn counter<B: Body>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let session = request.extensions().get::<Handle>().cloned().unwrap();
    session.look().await.unwrap();
    let count: u32 = session.get("count").unwrap().unwrap_or_default();
    session.set("count", &(count + 1)).unwrap();
    Ok(Response::new(Full::from(count.to_string())))
}

#[derive(Clone)]
struct Counter;

impl<B: Body + Send + 'static> tower_service::Service<Request<B>> for Counter {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = core::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut core::task::Context<'_>) -> core::task::Poll<Result<(), Infallible>> {
        core::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(counter(request))
    }
}

#[tokio::test]
async fn the_layers_work_without_axum() {
    let cloakroom = testing::cloakroom(&ManualClock::default()).await.unwrap();
    let site = cloakroom.site().clone();
    let guarded =
        HeadersLayer(site.clone()).layer(SessionLayer(site.clone()).layer(CsrfLayer(site).layer(Counter)));
    let browser = Client::of(guarded, &cloakroom);
    for expected in ["0", "1", "2"] {
        let answer = browser.get("/").await;
        assert_eq!(answer.text, expected);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let mut forged = browser.request(http::Method::POST, "/", false);
    forged.headers_mut().insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
    assert_eq!(browser.send(forged, "").await.status, 403);
    assert_eq!(browser.get("/").await.text, "3", "the forged one did not count");
}
