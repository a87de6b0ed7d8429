//! What takes back needs the durable store and nothing else.

use crate::doubtful::Next;
use crate::rig::{World, world};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::session::Row;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use cloakroom_store::directory::{Change, Changed, Edit};
use cloakroom_store::sessions::{Closing, Open, Opened, Raise, Raised, When};
use pollster::block_on;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl World {
    /// The two ways in which the fast store fails.
    fn failures(&self) -> [Arc<AtomicBool>; 2] {
        [self.cells.is_down.clone(), self.cells.is_full.clone()]
    }

    fn is_live(&self, row: &Row) -> bool {
        self.rig.is_live(row).unwrap()
    }
}

fn while_it_fails<T>(failure: &AtomicBool, act: impl FnOnce() -> T) -> T {
    failure.store(true, Ordering::SeqCst);
    let answer = act();
    failure.store(false, Ordering::SeqCst);
    answer
}

#[test]
fn everything_of_somebody_ends() {
    let world = world();
    for failure in world.failures() {
        let (laptop, phone) =
            (world.rig.opened(Some(&world.anna)).unwrap(), world.rig.opened(Some(&world.anna)).unwrap());
        let before = block_on(world.rig.stores.ledger.generations(Some(&world.anna))).unwrap();
        while_it_fails(&failure, || world.rig.revoke_all(&world.anna)).unwrap();
        assert!(!world.is_live(&laptop) && !world.is_live(&phone), "it is back with the store");
        // Whoever was signing in from an older proof is not let in either; and it does not rise twice from one number.
        let mut late = world.rig.row(Some(&world.anna));
        late.session.generations = before;
        let open = Open { row: late, at_most: None, closing: Vec::new(), family: None };
        assert_eq!(world.rig.open_as(open).unwrap(), Opened::Superseded);
        let raise = Raise { subject: world.anna.clone(), expect: before.user, keep: None };
        let again = while_it_fails(&failure, || {
            let trail = world.rig.raise_trail(&world.anna, before.user + 1);
            block_on(world.rig.stores.sessions.raise(raise, &trail))
        });
        assert_eq!(again.unwrap(), Raised::Stale);
        assert!(world.is_live(&world.rig.opened(Some(&world.anna)).unwrap()), "nobody can sign in again");
    }
}

#[test]
fn one_session_ends_and_those_that_hang_from_it() {
    let world = world();
    for failure in world.failures() {
        let row = world.rig.opened(Some(&world.anna)).unwrap();
        let mut child = world.rig.row(Some(&world.anna));
        child.session.parent = Some(row.session.id);
        let open = Open { row: child.clone(), at_most: None, closing: Vec::new(), family: None };
        assert!(matches!(world.rig.open_as(open).unwrap(), Opened::Done(..)));
        let closing = vec![world.rig.ending(&row.session)];
        let closed = while_it_fails(&failure, || block_on(world.rig.stores.sessions.close(closing)));
        assert_eq!(closed.unwrap().1, [row.session.id]);
        assert!(!world.is_live(&row) && !world.is_live(&child));
        let told = world.rig.told_of(row.session.id).unwrap();
        assert_eq!(told.iter().filter(|name| **name == EventName::SessionClosed).count(), 1);
        // What nobody swept is swept.
        world.rig.pass(Span::days(400));
        block_on(world.rig.stores.sessions.expired(64)).unwrap();
        assert_eq!(block_on(world.rig.stores.sessions.census()).unwrap().signed_in, 0);
    }
}

#[test]
fn somebody_may_not_sign_in_any_more() {
    let world = world();
    for failure in world.failures() {
        let account = world.rig.person(&["anna@example.com"]).unwrap();
        let directory = &world.rig.stores.directory;
        let create = Change::of(Edit::Create(account.clone()));
        assert!(matches!(block_on(directory.change(create, &Trail::none())).unwrap(), Changed::Done(..)));
        let subject: SubjectId = account.id.to_string().parse().unwrap();
        let row = world.rig.opened(Some(&subject)).unwrap();
        let raise = Raise { subject: subject.clone(), expect: 0, keep: None };
        let remove = Edit::Remove { user: account.id, expect: account.version };
        let change = Change { raise: Some(raise), ..Change::of(remove) };
        let trail = world.rig.raise_trail(&subject, 1);
        let changed = while_it_fails(&failure, || block_on(directory.change(change, &trail))).unwrap();
        assert!(matches!(changed, Changed::Done(_, 0)), "{changed:?}");
        assert!(block_on(directory.by_id(account.id)).unwrap().is_none());
        assert!(!world.is_live(&row));
    }
}

#[test]
fn what_needs_the_cells_is_an_outage() {
    let world = world();
    let row = world.rig.opened(Some(&world.anna)).unwrap();
    for failure in world.failures() {
        let sessions = &world.rig.stores.sessions;
        let (rotate, _) = world.rig.rotation_of(&row);
        let kept = Raise { subject: world.anna.clone(), expect: 0, keep: Some(rotate) };
        let trail = world.rig.raise_trail(&world.anna, 1);
        let asked = while_it_fails(&failure, || block_on(sessions.raise(kept, &trail)));
        assert!(asked.is_err(), "one session should go on, and cannot: {asked:?}");
        let unchanged =
            Closing { when: When::Unchanged(row.session.version), ..world.rig.ending(&row.session) };
        let closed = while_it_fails(&failure, || block_on(sessions.close(vec![unchanged])));
        assert!(closed.is_err(), "nobody knows whether it is unchanged");
        assert!(world.is_live(&row), "and nothing was changed");
    }
    // With both away nothing is acknowledged.
    *world.ledger.next.lock() = Next::NobodyAnswers;
    world.cells.is_down.store(true, Ordering::SeqCst);
    assert!(world.rig.revoke_all(&world.anna).is_err());
    assert!(block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&row.session)])).is_err());
    *world.ledger.next.lock() = Next::Well;
    world.cells.is_down.store(false, Ordering::SeqCst);
    assert!(world.is_live(&row));
    assert!(known(&world, &row).is_none());
}

fn known(world: &World, row: &Row) -> Option<u64> {
    let keys = [FactKey::Session(row.session.id)];
    block_on(world.rig.stores.ledger.known(&keys)).unwrap().pop().flatten()
}
