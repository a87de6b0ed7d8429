//! Streams that end when the session does that they were opened in: what lives for hours must not outlive a sign-out.

use axum::body::Body;
use bytes::Bytes;
use cloakroom_web::detached::Detached;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// How often somebody looks whether the session is still there.
const EVERY: Duration = Duration::from_secs(1);

/// Waits until a session is over. An outage ends nothing: nobody knows.
pub(super) async fn over(session: &Detached) {
    loop {
        sleep(EVERY).await;
        if session.is_live().await.is_ok_and(|live| !live) {
            return;
        }
    }
}

/// A body that ends with a session.
pub(super) struct Watched {
    inner: Body,
    over: oneshot::Receiver<()>,
}

impl Watched {
    pub(super) fn body(inner: Body, session: Detached) -> Body {
        let (mut end, when) = oneshot::channel();
        tokio::spawn(async move {
            tokio::select! {
                () = over(&session) => {}
                // Whoever reads it is gone.
                () = end.closed() => return,
            }
            let _gone_just_now = end.send(());
        });
        Body::new(Self { inner, over: when })
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if Pin::new(&mut self.over).poll(context).is_ready() {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // It may be less.
        SizeHint::new()
    }
}
