//! Callers who go away. A verb that was started runs to its end; one that was not started does nothing.

use super::rig::{Rig, Skipped, Verdict, Violation, require};
use super::words::{subject, wait};
use crate::sessions::Open;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::session::Row;
use cloakroom_model::records::trail::Trail;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Waker};

/// Polls so often, then drops.
fn poll_and_drop<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let core::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return Some(done);
        }
    }
    None
}

/// Everything handed over before this has been done when it answers.
fn settle(rig: &Rig) -> Result<(), Violation> {
    wait(rig.stores.ledger.publish(&Trail::none()))?;
    Ok(())
}

/// Whether it is so in the end: a verb that was handed over is done by whoever does it, and others may be faster.
fn comes_true(rig: &Rig, mut condition: impl FnMut() -> Result<bool, Violation>) -> Result<bool, Violation> {
    for _ in 0..5_000 {
        if condition()? {
            return Ok(true);
        }
        settle(rig)?;
    }
    Ok(false)
}

fn half_closed(rig: &Rig, row: &Row) -> Result<bool, Violation> {
    let gone = rig.load(row)?.is_none();
    let told = rig.told_of(row.session.id)?.contains(&EventName::SessionClosed);
    Ok(gone != told)
}

pub(super) fn a_dropped_verb_is_whole_or_nothing(rig: &Rig) -> Verdict {
    for polls in 0..3 {
        for _ in 0..20 {
            let row = rig.opened(Some(&subject("anna")?))?;
            poll_and_drop(rig.stores.sessions.close(vec![rig.ending(&row.session)]), polls);
            settle(rig)?;
            let is_done = comes_true(rig, || Ok(polls == 0 || rig.load(&row)?.is_none()))?;
            require!(is_done, "a closing that was started was not done");
            require!(!half_closed(rig, &row)?, "a dropped closing was done by half");
            require!(polls > 0 || rig.is_live(&row)?, "a closing that was not started was done");

            let new = rig.row(None);
            let (open, trail) = (
                Open { row: new.clone(), at_most: None, closing: Vec::new(), family: None },
                rig.telling(EventName::SessionOpened, new.session.id),
            );
            poll_and_drop(rig.stores.sessions.open(open, &trail), polls);
            settle(rig)?;
            let is_done = comes_true(rig, || Ok(polls == 0 || rig.load(&new)?.is_some()))?;
            require!(is_done, "an opening that was started was not done");
            let there = rig.load(&new)?.is_some();
            let silent = rig.told_of(new.session.id)?.is_empty();
            require!(there != silent, "a dropped opening was done by half");

            // A read that is dropped must not upset the next one.
            poll_and_drop(rig.stores.sessions.load(&row.look_up), polls);
            let loaded = rig.load(&new)?.map(|loaded| loaded.row.session.id);
            require!(!there || loaded == Some(new.session.id), "a dropped read answered another one");
        }
    }
    Ok(Skipped::No)
}
