//! The same requests without a network: what the layers cost, apart from everything that is around them.

use super::apps::{built, layer_alone_app, signed_in, whole};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use cloakroom::{Builder, Cloakroom, MemoryStore};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{median, micros, now};
use cloakroom_testkit::engine::Failure;
use core::convert::Infallible;
use core::future::Future;
use tower_service::Service;

const REQUESTS: usize = 20_000;
const ROUNDS: usize = 9;

/// One row a variant: microseconds for a request, beside the bare router's.
pub(crate) fn measure(report: &mut Report) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sealed = |builder: Builder| builder.store(MemoryStore::default()).sealed_cookies();
        let stored = |builder: Builder| builder.store(MemoryStore::default());
        let (sealed, stored) = (built(sealed(builder())).await?, built(stored(builder())).await?);
        let (of_sealed, of_stored) = (signed_in(&sealed).await?, signed_in(&stored).await?);
        let bare = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }));
        let mut times: [Vec<f64>; 5] = Default::default();
        for _ in 0..ROUNDS {
            let [a, b, c, d, e] = &mut times;
            a.push(round(bare.clone(), &of_stored).await?);
            b.push(round(layer_alone_app(&stored), &of_stored).await?);
            c.push(round(layer_alone_app(&sealed), &of_sealed).await?);
            d.push(round(whole(&stored), &of_stored).await?);
            e.push(round(whole(&sealed), &of_sealed).await?);
        }
        let names = [
            "bare router",
            "session layer alone",
            "session layer alone, sealed",
            "the whole stack",
            "the whole stack, sealed",
        ];
        let bare = median(&mut times[0]);
        for (name, times) in names.into_iter().zip(&mut times) {
            let value = median(times);
            let note = format!("{:+.2} us", value - bare);
            let name = format!("without a network: {name}");
            report.row(&Row {
                name,
                baseline: "bare router",
                value,
                unit: "us",
                ratio: Some(value / bare),
                note,
                ..Row::default()
            })?;
        }
        Ok(())
    })
}

fn builder() -> Builder {
    Cloakroom::builder().origin("https://app.example")
}

async fn round<S>(mut app: S, cookies: &[String]) -> Result<f64, Failure>
where
    S: Service<Request<Body>, Response = Response, Error = Infallible, Future: Future + Send>,
{
    let start = now();
    for number in 0..REQUESTS {
        let mut request = Request::new(Body::empty());
        let headers = request.headers_mut();
        headers.insert("host", HeaderValue::from_static("app.example"));
        let cookie = cookies.get(number % cookies.len()).ok_or("no cookie")?;
        headers.insert("cookie", HeaderValue::from_str(cookie)?);
        let answer = app.call(request).await?;
        if answer.status() != StatusCode::NO_CONTENT {
            return Err("not the answer that was asked for".into());
        }
    }
    Ok(micros(start.elapsed()) / REQUESTS as f64)
}
