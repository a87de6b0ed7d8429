//! A body of which the beginning was read already.

use bytes::Bytes;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// What was read, and then the rest.
    #[derive(Debug)]
    pub struct Replay<B> {
        front: Option<Bytes>,
        #[pin]
        rest: B,
    }
}

impl<B> Replay<B> {
    /// A body that nobody has looked into.
    pub const fn whole(rest: B) -> Self {
        Self { front: None, rest }
    }

    pub(crate) fn after(front: Bytes, rest: B) -> Self {
        Self { front: Some(front).filter(|front| !front.is_empty()), rest }
    }
}

impl<B: Body<Data = Bytes>> Body for Replay<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        match this.front.take() {
            Some(front) => Poll::Ready(Some(Ok(Frame::data(front)))),
            None => this.rest.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.front.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, front) =
            (self.rest.size_hint(), self.front.as_ref().map_or(0, |front| front.len() as u64));
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(front));
        }
        hint.set_lower(rest.lower().saturating_add(front));
        hint
    }
}
