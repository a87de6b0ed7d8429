use super::Paced;
use axum::body::Body;
use bytes::Bytes;
use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use http_body::Frame;
use http_body_util::BodyExt;

/// A body that says something every 40 seconds, so often, and then no more.
struct Slow {
    left: usize,
    next: Pin<Box<tokio::time::Sleep>>,
}

fn slow(left: usize) -> Body {
    Body::new(Slow { left, next: Box::pin(tokio::time::sleep(Duration::from_secs(40))) })
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Pending;
        }
        core::task::ready!(self.next.as_mut().poll(context));
        self.left -= 1;
        let next = tokio::time::Instant::now() + Duration::from_secs(40);
        self.next.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
    }
}

#[tokio::test(start_paused = true)]
async fn what_pauses_for_too_long_is_over() {
    let (each, all) = (Duration::from_secs(60), Duration::from_secs(100));
    let began = tokio::time::Instant::now();
    assert!(Paced::each(slow(3), each).collect().await.is_err());
    assert_eq!(began.elapsed().as_secs(), 180, "three parts in their time, and then nothing");
    let began = tokio::time::Instant::now();
    assert!(Paced::all(slow(9), all).collect().await.is_err());
    assert_eq!(began.elapsed().as_secs(), 100, "each was in time, and all were not");
    assert_eq!(Paced::all(Body::from("hello"), all).collect().await.unwrap().to_bytes(), "hello");
}
