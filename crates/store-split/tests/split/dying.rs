//! A process that is gone in the middle of a change, after each of its steps: whoever comes next finds it whole or not at all.

use crate::cells::MemoryCells;
use crate::rig::{durable, split};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::family::Family;
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_store::directory::{Change, Changed, Edit};
use cloakroom_store::families::{How, Presented};
use cloakroom_store::sessions::{
    Closing, Offered, Open, Opened, Patched, Promote, Promoted, Raise, Raised, Rotated, When,
};
use cloakroom_store::suite::Rig;
use pollster::block_on;

/// Beyond this many steps every change has come to its end.
const STEPS: i64 = 64;

/// Somebody signed in, and what is tried with it.
struct World {
    rig: Rig,
    anna: SubjectId,
    row: Row,
    other: Row,
    family: Family,
}

/// Whether it was acknowledged.
type Act = fn(&World) -> bool;
/// Whether it is done: whole, or this test fails.
type IsDone = fn(&World) -> bool;

fn world(rig: Rig) -> World {
    let anna: SubjectId = "anna".parse().unwrap();
    let (row, family) = rig.begun(&anna).unwrap();
    let other = rig.opened(Some(&anna)).unwrap();
    World { rig, anna, row, other, family }
}

fn all_of(whole: &[bool]) -> bool {
    assert!(whole.iter().all(|one| *one == whole[0]), "by half: {whole:?}");
    whole[0]
}

impl World {
    fn told(&self, row: &Row, name: EventName) -> bool {
        self.rig.told_of(row.session.id).unwrap().contains(&name)
    }

    fn is_live(&self, row: &Row) -> bool {
        self.rig.is_live(row).unwrap()
    }

    fn generation(&self) -> u64 {
        block_on(self.rig.stores.ledger.generations(Some(&self.anna))).unwrap().user
    }
}

/// Does it in a process that is gone after so many steps, and looks with another one.
fn goes_after(steps: i64, act: Act, is_done: IsDone) -> bool {
    let clock = ManualClock::default();
    let cells = MemoryCells::new(&clock);
    let durable = durable(&clock);
    let front = |cells| split(cells, &durable, &clock);
    let mut world = world(Rig::of(front(cells.clone()), clock.clone()));
    let dying = cells.for_a_while(steps);
    world.rig.stores = front(dying.clone());
    let acknowledged = act(&world);
    world.rig.stores = front(cells.clone());
    let done = is_done(&world);
    assert!(done || !acknowledged, "after {steps} steps: acknowledged, and not there");
    assert_eq!(done, is_done(&world), "after {steps} steps: twice asked, two answers");
    // Whatever was left lying about is in nobody's way.
    world.rig.revoke_all(&world.anna).unwrap();
    world.rig.opened(Some(&world.anna)).unwrap();
    acknowledged && !dying.is_gone()
}

fn at_each_step(act: Act, is_done: IsDone) {
    std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..STEPS).map(|steps| scope.spawn(move || goes_after(steps, act, is_done))).collect();
        let ended: Vec<bool> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        assert!(!ended[0] && ended[ended.len() - 1], "it never came to its end: {ended:?}");
    });
}

fn with_number(row: &Row, number: u8) -> Row {
    let mut next = row.clone();
    next.look_up.0 = [number; 32];
    next
}

#[test]
fn closing() {
    at_each_step(
        |world| {
            let closed =
                block_on(world.rig.stores.sessions.close(vec![world.rig.ending(&world.row.session)]));
            closed.is_ok_and(|(_, closed)| closed.len() == 1)
        },
        |world| {
            let gone = world.rig.load(&world.row).unwrap().is_none();
            let found = block_on(world.rig.stores.families.find(world.family.id)).unwrap();
            all_of(&[gone, world.told(&world.row, EventName::SessionClosed), found.is_none()])
        },
    );
}

#[test]
fn opening_in_place_of_another() {
    fn new(world: &World) -> Row {
        let mut new = with_number(&world.row, 7);
        new.session.id = cloakroom_model::words::id::SessionId::from_bytes([7; 16]);
        new
    }
    at_each_step(
        |world| {
            let version = world.other.session.version;
            let replaced =
                Closing { when: When::Unchanged(version), ..world.rig.ending(&world.other.session) };
            let open = Open { row: new(world), at_most: Some(2), closing: vec![replaced], family: None };
            matches!(world.rig.open_as(open), Ok(Opened::Done(..)))
        },
        |world| {
            let new = new(world);
            let there = block_on(world.rig.stores.sessions.find(new.session.id)).unwrap().is_some();
            all_of(&[
                world.is_live(&new),
                there,
                !world.is_live(&world.other),
                world.told(&new, EventName::SessionOpened),
                world.told(&world.other, EventName::SessionClosed),
            ])
        },
    );
}

#[test]
fn a_new_ticket_at_once() {
    fn new(world: &World) -> Row {
        let mut new = with_number(&world.row, 8);
        new.session.version += 1;
        new
    }
    at_each_step(
        |world| {
            let (mut rotate, trail) = world.rig.rotation_of(&world.row);
            rotate.row = new(world);
            matches!(block_on(world.rig.stores.sessions.rotate(rotate, &trail)), Ok(Rotated::Done(_)))
        },
        |world| {
            let old_is_gone = world.rig.load(&world.row).unwrap().is_none();
            let told = world.told(&world.row, EventName::SessionRotated);
            all_of(&[world.is_live(&new(world)), old_is_gone, told])
        },
    );
}

#[test]
fn a_ticket_is_handed_out_and_presented() {
    at_each_step(
        |world| {
            let mut offer = world.rig.offer_to(&world.row, 4);
            offer.look_up.0 = [9; 32];
            let sessions = &world.rig.stores.sessions;
            let told = world.rig.telling(EventName::SessionRotated, world.row.session.id);
            if !matches!(block_on(sessions.offer(offer, &Trail::none())), Ok(Offered::Done(_))) {
                return false;
            }
            let promote = Promote { session: world.row.session.id, look_up: offer.look_up };
            matches!(block_on(sessions.promote(promote, &told)), Ok(Promoted::Done(_)))
        },
        |world| {
            let old = world.rig.load(&world.row).unwrap().unwrap();
            let new = world.rig.load(&with_number(&world.row, 9)).unwrap();
            let standing = |loaded: Option<cloakroom_store::sessions::Loaded>| loaded.map(|one| one.standing);
            let is_current = matches!(standing(new), Some(Standing::Current));
            all_of(&[
                is_current,
                matches!(old.standing, Standing::Superseded(_)),
                old.row.look_up.0 == [9; 32],
                world.told(&world.row, EventName::SessionRotated),
            ])
        },
    );
}

#[test]
fn a_change_that_copies_must_follow() {
    at_each_step(
        |world| {
            let patch = world.rig.patch_of(&world.other.session, "a", 1).unwrap();
            let mut trail = world.rig.telling(EventName::SessionRotated, world.other.session.id);
            let fact = cloakroom_model::records::fact::Fact {
                key: cloakroom_model::records::fact::FactKey::Version(patch.session.id),
                at_least: patch.session.version,
            };
            trail
                .facts
                .push(cloakroom_model::records::fact::KeptFact { fact, until: patch.session.absolute });
            matches!(block_on(world.rig.stores.sessions.patch(patch, &trail)), Ok(Patched::Done(_)))
        },
        |world| {
            let found = world.rig.load(&world.other).unwrap().expect("nobody is signed out by it");
            let is_changed = found.row.session.version == world.other.session.version + 1;
            all_of(&[is_changed, world.told(&world.other, EventName::SessionRotated)])
        },
    );
}

#[test]
fn everywhere_but_here() {
    at_each_step(
        |world| {
            let (mut keep, mut trail) = world.rig.rotation_of(&world.row);
            keep.row.look_up.0 = [7; 32];
            keep.row.session.generations.user = 1;
            trail.and(world.rig.raise_trail(&world.anna, 1));
            let raise = Raise { subject: world.anna.clone(), expect: 0, keep: Some(keep) };
            matches!(block_on(world.rig.stores.sessions.raise(raise, &trail)), Ok(Raised::Done(_, 1)))
        },
        |world| {
            all_of(&[
                world.generation() > 0,
                !world.is_live(&world.other),
                !world.is_live(&world.row),
                world.is_live(&with_number(&world.row, 7)),
                world.told(&world.row, EventName::SessionRotated),
            ])
        },
    );
}

#[test]
fn a_person_who_changes_and_is_signed_out() {
    at_each_step(
        |world| {
            let account = world.rig.person(&["anna"]).unwrap();
            let (mut keep, mut trail) = world.rig.rotation_of(&world.row);
            keep.row.look_up.0 = [7; 32];
            keep.row.session.generations.user = 1;
            trail.and(world.rig.raise_trail(&world.anna, 1));
            let raise = Raise { subject: world.anna.clone(), expect: 0, keep: Some(keep) };
            let change = Change { raise: Some(raise), ..Change::of(Edit::Create(account)) };
            matches!(block_on(world.rig.stores.directory.change(change, &trail)), Ok(Changed::Done(_, 1)))
        },
        |world| {
            let name = "anna".parse().unwrap();
            let found = block_on(world.rig.stores.directory.by_name(&name)).unwrap();
            all_of(&[
                found.is_some(),
                world.generation() > 0,
                world.is_live(&with_number(&world.row, 7)),
                !world.is_live(&world.row),
                !world.is_live(&world.other),
            ])
        },
    );
}

#[test]
fn a_renewal() {
    at_each_step(
        |world| matches!(world.rig.present(&world.family, 1), Ok(Presented::Renewed(How::Rotated, _))),
        |world| {
            let held = block_on(world.rig.stores.families.find(world.family.id)).unwrap();
            let held = held.expect("nobody is signed out by it");
            let told = world.told(&world.row, EventName::FamilyRotated);
            all_of(&[held.family.generation == 2, told])
        },
    );
}
