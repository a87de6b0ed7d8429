//! A durable store that does what it is asked, and whose answer is lost; or that is gone when it is asked.

use crate::doubtful::Next;
use crate::rig::world;
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::time::Span;
use cloakroom_store::cells::{Cells, Placing, Shelf};
use pollster::block_on;

#[test]
fn what_was_done_is_done_whoever_was_told() {
    for (next, is_done) in
        [(Next::AnswerIsLost, true), (Next::AndNobodyAnswers, true), (Next::NobodyAnswers, false)]
    {
        let world = world();
        let row = world.rig.opened(Some(&world.anna)).unwrap();
        *world.ledger.next.lock() = next;
        let closed = block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&row.session)]));
        assert!(closed.is_err(), "{next:?}: it was acknowledged");
        if next == Next::AnswerIsLost {
            assert_eq!(world.cells.claims(), 0, "it could ask, and did not");
        } else {
            // Nobody is signed out by it, and nobody is let in.
            assert!(world.rig.load(&row).is_err(), "{next:?}");
        }
        *world.ledger.next.lock() = Next::Well;
        assert_eq!(world.rig.load(&row).unwrap().is_none(), is_done, "{next:?}");
        let told = world.rig.told_of(row.session.id).unwrap().contains(&EventName::SessionClosed);
        assert_eq!(told, is_done, "{next:?}");
        // Whoever sweeps finds what nobody comes upon.
        world.rig.pass(Span::minutes(2));
        block_on(world.rig.stores.sessions.expired(64)).unwrap();
        assert_eq!(world.cells.claims(), 0, "{next:?}: something is left");
    }
}

#[test]
fn what_the_fast_store_loses_before_it_is_applied_is_not_acknowledged() {
    let world = world();
    let (cells, before, now) = (world.cells.clone(), world.cells.copy(), world.rig.now());
    *world.ledger.before.lock() = Some(Box::new(move || cells.lose(&before, now)));
    assert!(world.rig.opened(Some(&world.anna)).is_err(), "a session that is not there was acknowledged");
    assert!(world.rig.opened(Some(&world.anna)).is_ok());
}

#[test]
fn what_is_being_opened_keeps_its_place() {
    let world = world();
    let stores = &world.rig.stores;
    let placing = Placing { shelf: Shelf::SignedIn, name: vec![7; 16], ends: Some(world.rig.now()) };
    block_on(world.cells.place(&[placing])).unwrap();
    let looked = || block_on(stores.sessions.expired(64)).unwrap();
    assert!(looked().rows.is_empty());
    assert_eq!(block_on(stores.sessions.census()).unwrap().signed_in, 1, "it may be there in a moment");
    world.rig.pass(Span::minutes(2));
    assert!(looked().rows.is_empty());
    assert_eq!(block_on(stores.sessions.census()).unwrap().signed_in, 0, "it was never opened");
}
