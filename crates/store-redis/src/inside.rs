//! A future that is polled inside a runtime, whoever polls it: its timers and tasks are the runtime's.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use tokio::runtime::Handle;

pub(crate) struct Inside<F> {
    pub(crate) runtime: Handle,
    pub(crate) future: Pin<Box<F>>,
}

impl<F: Future> Future for Inside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let _inside = this.runtime.enter();
        this.future.as_mut().poll(context)
    }
}
