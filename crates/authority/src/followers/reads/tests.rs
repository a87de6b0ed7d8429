use super::*;
use cloakroom_model::records::trail::LaneId;
use cloakroom_rules::feed::said::Incarnation;
use core::cell::Cell;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

fn found(number: u64) -> Read {
    Read { of: Incarnation([0; 16]), heads: Heads::from([(LaneId(1), number)]), parts: Vec::new() }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn heads_of(polled: Poll<Found>) -> Option<u64> {
    match polled {
        Poll::Ready(Ok(read)) => read.heads.values().next().copied(),
        Poll::Ready(Err(denied)) => panic!("{denied}"),
        Poll::Pending => None,
    }
}

type Slow = Pin<Box<dyn Future<Output = Found>>>;

/// A read that takes one poll more than it is asked for, and says how many began before it.
fn slow(begun: Rc<Cell<u64>>) -> impl Fn() -> Slow {
    move || {
        begun.set(begun.get() + 1);
        let number = begun.get();
        let mut is_over = false;
        Box::pin(core::future::poll_fn(move |_| match core::mem::replace(&mut is_over, true) {
            true => Poll::Ready(Ok(found(number))),
            false => Poll::Pending,
        }))
    }
}

#[test]
fn whoever_comes_while_one_is_under_way_waits_for_the_next() {
    let (reads, begun, after) = (Reads::default(), Rc::new(Cell::new(0)), Heads::new());
    let read = slow(begun.clone());
    let mut first = pin!(reads.read(&after, &read));
    assert!(poll(first.as_mut()).is_pending());
    let mut second = pin!(reads.read(&after, &read));
    let mut third = pin!(reads.read(&after, &read));
    assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
    assert_eq!(begun.get(), 1, "one at a time");
    assert_eq!(heads_of(poll(first.as_mut())), Some(1));
    assert!(poll(second.as_mut()).is_pending());
    assert_eq!(heads_of(poll(second.as_mut())), Some(2), "it began after the second had come");
    assert_eq!(heads_of(poll(third.as_mut())), Some(2), "and so it had for the third");
    assert_eq!(begun.get(), 2);
}

#[test]
fn who_begins_elsewhere_has_a_read_of_its_own() {
    let (reads, begun) = (Reads::default(), Rc::new(Cell::new(0)));
    let read = slow(begun.clone());
    let (here, there) = (Heads::new(), Heads::from([(LaneId(1), 5)]));
    let mut first = pin!(reads.read(&here, &read));
    let mut second = pin!(reads.read(&there, &read));
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    assert_eq!(heads_of(poll(first.as_mut())), Some(1));
    assert!(poll(second.as_mut()).is_pending());
    assert_eq!(heads_of(poll(second.as_mut())), Some(2));
}

/// A stream that ends takes its read with it, and nobody else's.
#[test]
fn whoever_goes_away_leaves_the_others_to_read_for_themselves() {
    let (reads, begun, after) = (Reads::default(), Rc::new(Cell::new(0)), Heads::new());
    let read = slow(begun.clone());
    let mut first = Box::pin(reads.read(&after, &read));
    let mut second = pin!(reads.read(&after, &read));
    let mut third = pin!(reads.read(&after, &read));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
    drop(first);
    assert!(poll(second.as_mut()).is_pending(), "it reads for both now");
    assert_eq!(heads_of(poll(second.as_mut())), Some(2));
    assert_eq!(heads_of(poll(third.as_mut())), Some(2));
}

#[test]
fn whoever_goes_away_while_waiting_leaves_nothing() {
    let (reads, begun) = (Reads::default(), Rc::new(Cell::new(0)));
    let read = slow(begun.clone());
    let (here, there) = (Heads::new(), Heads::from([(LaneId(1), 5)]));
    let mut first = pin!(reads.read(&here, &read));
    assert!(poll(first.as_mut()).is_pending());
    let mut gone = Box::pin(reads.read(&there, &read));
    assert!(poll(gone.as_mut()).is_pending());
    assert_eq!(reads.waiting.lock().len(), 1);
    drop(gone);
    assert_eq!(heads_of(poll(first.as_mut())), Some(1));
    let mut next = pin!(reads.read(&here, &read));
    assert!(poll(next.as_mut()).is_pending());
    assert_eq!(reads.waiting.lock().len(), 0);
}
