//! What a check costs, and what goes over the wire.

use super::holder::Holder;
use super::kinds::{Kind, app};
use super::plain::Plain;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use axum::routing::get;
use cloakroom::testing::ManualClock;
use cloakroom_bench::timing::{median, micros, now};
use cloakroom_testkit::engine::Failure;
use core::convert::Infallible;
use tempfile::TempDir;
use tower_service::Service;

const ROUNDS: usize = 7;

pub(crate) struct Cost {
    pub(crate) bytes: usize,
    /// Of a whole request, without a network.
    pub(crate) micros: f64,
    /// Beyond a route that asks nobody.
    pub(crate) over_bare: f64,
    /// The first time, and every other time.
    pub(crate) store_calls: (u32, u32),
}

fn request(header: &(String, String)) -> Result<Request<Body>, Failure> {
    let mut request = Request::new(Body::empty());
    let headers = request.headers_mut();
    headers.insert("host", HeaderValue::from_static("app.example"));
    match header.0.as_str() {
        "cookie" => headers.insert("cookie", HeaderValue::from_str(&header.1)?),
        _ => headers.insert("authorization", HeaderValue::from_str(&header.1)?),
    };
    Ok(request)
}

async fn round<S>(app: &mut S, header: &(String, String), count: usize) -> Result<f64, Failure>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    let start = now();
    for _ in 0..count {
        let answer = app.call(request(header)?).await?;
        if answer.status() != 200 {
            return Err(format!("answered {}", answer.status()).into());
        }
    }
    Ok(micros(start.elapsed()) / count as f64)
}

fn header_of(holder: &Holder<'_>) -> (String, String) {
    match holder {
        Holder::Browser(browser) => {
            let pairs: Vec<_> =
                browser.cookies().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            ("cookie".to_owned(), pairs.join("; "))
        }
        Holder::Page { access, .. } => {
            ("authorization".to_owned(), format!("Bearer {}", access.as_deref().unwrap_or_default()))
        }
        Holder::Plain { token, .. } => ("authorization".to_owned(), format!("Bearer {token}")),
    }
}

pub(crate) async fn of(kind: Kind, quick: bool) -> Result<Cost, Failure> {
    let count = if quick { 2_000 } else { 20_000 };
    let (clock, folder) = (ManualClock::default(), TempDir::new()?);
    let ours = app(kind, folder.path(), &clock).await?;
    let plain = std::sync::Arc::new(Plain::new(&clock));
    let holder = Holder::signed_in(kind, &ours, &plain).await?;
    let header = header_of(&holder);
    let mut bare = Router::new().route("/", get(|| async { "anna admin".to_owned() }));
    let checking = plain.clone();
    let mut by_hand = Router::new().route(
        "/",
        get(move |headers: axum::http::HeaderMap| async move {
            let value =
                headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
            checking.check(value.trim_start_matches("Bearer ")).unwrap_or_default()
        }),
    );
    let mut app = ours.app.clone();
    let (mut times, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bares.push(round(&mut bare, &header, count).await?);
        times.push(match kind {
            Kind::Plain => round(&mut by_hand, &header, count).await?,
            _ => round(&mut app, &header, count).await?,
        });
    }
    let (micros, bare) = (median(&mut times), median(&mut bares));
    Ok(Cost { bytes: holder.bytes(), micros, over_bare: micros - bare, store_calls: calls(kind).await? })
}

/// Whether a request is answered while the store does not answer: for one that was seen, and for one that was not.
async fn calls(kind: Kind) -> Result<(u32, u32), Failure> {
    if kind == Kind::Plain {
        return Ok((0, 0));
    }
    let mut found = [0, 0];
    for (was_seen, calls) in [false, true].into_iter().zip(&mut found) {
        let (clock, folder) = (ManualClock::default(), TempDir::new()?);
        let store = std::sync::Arc::new(super::kinds::open_store(folder.path(), &clock)?);
        let ours = super::kinds::app_on(kind, store.clone(), &clock).await?;
        let plain = Plain::new(&clock);
        let mut holder = Holder::signed_in(kind, &ours, &plain).await?;
        if was_seen && holder.ask().await.is_none() {
            return Err("nobody is signed in".into());
        }
        store.shutdown().await?;
        *calls = u32::from(holder.ask().await.is_none());
    }
    Ok((found[0], found[1]))
}
