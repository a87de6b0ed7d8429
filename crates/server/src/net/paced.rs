//! Bodies that must come: a peer that begins a request and never ends it holds its place for nothing.

use axum::body::Body;
use bytes::Bytes;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// A body with a time for each of its parts, or for all of it.
pub(crate) struct Paced {
    inner: Body,
    within: Duration,
    each: bool,
    over: Pin<Box<Sleep>>,
}

/// It did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come in time")]
struct TooSlow;

impl Paced {
    fn of(inner: Body, within: Duration, each: bool) -> Body {
        if http_body::Body::is_end_stream(&inner) {
            return inner;
        }
        Body::new(Self { inner, within, each, over: Box::pin(sleep(within)) })
    }

    /// Each part comes in this time.
    pub(super) fn each(inner: Body, within: Duration) -> Body {
        Self::of(inner, within, true)
    }

    /// All of it comes in this time.
    pub(crate) fn all(inner: Body, within: Duration) -> Body {
        Self::of(inner, within, false)
    }
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let came = Pin::new(&mut self.inner).poll_frame(context);
        if came.is_ready() {
            if self.each {
                let next = Instant::now() + self.within;
                self.over.as_mut().reset(next);
            }
            return came;
        }
        self.over.as_mut().poll(context).map(|()| Some(Err(axum::Error::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
