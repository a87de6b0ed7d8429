//! Sessions that go from one fast store into another.

use crate::cells::MemoryCells;
use crate::doubtful::Next;
use crate::rig::{World, durable, split, world};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::session::Row;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Span;
use cloakroom_store::archive::{ArchiveReader, ArchiveWriter, NotMoved};
use cloakroom_store::families::{How, Presented};
use cloakroom_store::ledger::Intent;
use cloakroom_store::sessions::{Offered, Open, Opened, Promote, Promoted};
use cloakroom_store::suite::Rig;
use cloakroom_store_split::{MovedIn, export_sessions};
use pollster::block_on;

fn exported(cells: &MemoryCells, is_done: impl Fn(Intent) -> bool) -> Vec<u8> {
    let mut archive = ArchiveWriter::begin(Vec::new()).unwrap();
    block_on(export_sessions(cells, is_done, &mut archive)).unwrap();
    archive.finish().unwrap().0
}

fn imported(bytes: &[u8], cells: &MemoryCells, clock: &ManualClock) -> Result<(), NotMoved> {
    use cloakroom_model::ports::Clock;
    let mut moved = MovedIn::new(cells, clock.now());
    let mut archive = ArchiveReader::begin(bytes)?;
    while let Some(line) = archive.next_row()? {
        moved.note(&line)?;
    }
    let mut archive = ArchiveReader::begin(bytes)?;
    while let Some(line) = archive.next_row()? {
        block_on(moved.put(&line))?;
    }
    Ok(())
}

impl World {
    /// The same in other cells.
    fn moved(&self) -> (Rig, MemoryCells) {
        let there = MemoryCells::new(&self.clock);
        imported(&exported(&self.cells, |_| false), &there, &self.clock).unwrap();
        let rig = Rig::of(split(there.clone(), &self.durable, &self.clock), self.clock.clone());
        (rig, there)
    }

    fn child_of(&self, parent: &Row) -> Row {
        let mut child = self.rig.row(Some(&self.anna));
        child.session.parent = Some(parent.session.id);
        let open = Open { row: child.clone(), at_most: None, closing: Vec::new(), family: None };
        assert!(matches!(self.rig.open_as(open).unwrap(), Opened::Done(..)));
        child
    }
}

#[test]
fn tickets_and_children_go_along() {
    let world = world();
    let (row, visitor) = (world.rig.opened(Some(&world.anna)).unwrap(), world.rig.opened(None).unwrap());
    let child = world.child_of(&row);
    // A ticket that took over, the one it took over from, and one that may take over next.
    let sessions = &world.rig.stores.sessions;
    let (first, second) = (world.rig.offer_to(&row, 4), world.rig.current(row.session.id).unwrap());
    assert!(matches!(block_on(sessions.offer(first, &Trail::none())).unwrap(), Offered::Done(_)));
    let promote = Promote { session: row.session.id, look_up: first.look_up };
    assert!(matches!(block_on(sessions.promote(promote, &Trail::none())).unwrap(), Promoted::Done(_)));
    let next = world.rig.offer_to(&world.rig.current(row.session.id).unwrap(), 4);
    assert!(matches!(block_on(sessions.offer(next, &Trail::none())).unwrap(), Offered::Done(_)));
    let (held, family) = world.rig.begun(&world.anna).unwrap();
    let (rig, there) = world.moved();
    assert_eq!(
        block_on(rig.stores.families.of_session(held.session.id)).unwrap(),
        core::slice::from_ref(&family)
    );
    for look_up in [first.look_up, second.look_up, next.look_up, child.look_up, visitor.look_up] {
        let before = block_on(world.rig.stores.sessions.load(&look_up)).unwrap();
        assert!(before.is_some());
        assert_eq!(block_on(rig.stores.sessions.load(&look_up)).unwrap(), before);
    }
    assert_eq!(
        block_on(rig.stores.sessions.census()).unwrap(),
        block_on(world.rig.stores.sessions.census()).unwrap()
    );
    let listed = |rig: &Rig| -> Vec<_> {
        block_on(rig.stores.sessions.of_subject(&world.anna))
            .unwrap()
            .iter()
            .map(|row| row.session.id)
            .collect()
    };
    assert_eq!(listed(&rig), listed(&world.rig));
    // Once more changes nothing; into a store where others are it is refused.
    let bytes = exported(&world.cells, |_| false);
    imported(&bytes, &there, &world.clock).unwrap();
    assert!(matches!(rig.present(&family, 1).unwrap(), Presented::Renewed(How::Rotated, _)));
    assert!(matches!(
        block_on(
            rig.stores
                .sessions
                .promote(Promote { session: row.session.id, look_up: next.look_up }, &Trail::none())
        )
        .unwrap(),
        Promoted::Done(_)
    ));
    assert!(matches!(imported(&bytes, &there, &world.clock), Err(NotMoved::NotEmpty(_))));
    block_on(rig.stores.sessions.close(vec![rig.ending(&row.session)])).unwrap();
    assert!(!rig.is_live(&child).unwrap(), "a child outlives its parent");
}

#[test]
fn what_was_under_way_is_what_the_durable_store_says() {
    for (next, is_done) in [(Next::AndNobodyAnswers, true), (Next::NobodyAnswers, false)] {
        let world = world();
        let row = world.rig.opened(Some(&world.anna)).unwrap();
        *world.ledger.next.lock() = next;
        assert!(block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&row.session)])).is_err());
        assert!(world.cells.claims() > 0);
        let there = MemoryCells::new(&world.clock);
        imported(&exported(&world.cells, |_| is_done), &there, &world.clock).unwrap();
        let durable = durable(&world.clock);
        let rig = Rig::of(split(there, &durable, &world.clock), world.clock.clone());
        assert_eq!(rig.is_live(&row).unwrap(), !is_done, "{next:?}");
    }
}

#[test]
fn what_ran_out_stays_behind() {
    let world = world();
    let row = world.rig.opened(Some(&world.anna)).unwrap();
    let bytes = exported(&world.cells, |_| false);
    world.rig.pass(Span::days(400));
    let there = MemoryCells::new(&world.clock);
    imported(&bytes, &there, &world.clock).unwrap();
    let rig = Rig::of(split(there, &world.durable, &world.clock), world.clock.clone());
    assert_eq!(block_on(rig.stores.sessions.load(&row.look_up)).unwrap(), None);
    assert_eq!(block_on(rig.stores.sessions.census()).unwrap().signed_in, 0);
}
