//! A fast store that loses what it was told last: nothing comes back that was ended, and nobody is taken for a thief.

use crate::cells::MemoryCells;
use crate::rig::{durable, split};
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use cloakroom_store::cells::CellKey;
use cloakroom_store::families::{How, Presented};
use cloakroom_store::fault::FaultKind;
use cloakroom_store::sessions::Rotated;
use cloakroom_store::suite::Rig;
use pollster::block_on;

fn rig() -> (Rig, MemoryCells, SubjectId) {
    let clock = ManualClock::default();
    let cells = MemoryCells::new(&clock);
    let rig = Rig::of(split(cells.clone(), &durable(&clock), &clock), clock);
    (rig, cells, "anna".parse().unwrap())
}

#[test]
fn what_was_closed_stays_closed() {
    let (rig, cells, anna) = rig();
    let (closed, open) = (rig.opened(Some(&anna)).unwrap(), rig.opened(Some(&anna)).unwrap());
    let before = cells.copy();
    block_on(rig.stores.sessions.close(vec![rig.ending(&closed.session)])).unwrap();
    cells.lose(&before, rig.now());
    assert_eq!(rig.load(&closed).unwrap(), None);
    assert!(block_on(rig.stores.sessions.find(closed.session.id)).unwrap().is_none());
    let listed = block_on(rig.stores.sessions.of_subject(&anna)).unwrap();
    assert_eq!(listed.iter().map(|row| row.session.id).collect::<Vec<_>>(), [open.session.id]);
    assert!(rig.is_live(&open).unwrap(), "the other one is what it was");
}

#[test]
fn a_ticket_that_was_replaced_at_once_stays_dead() {
    let (rig, cells, anna) = rig();
    let row = rig.opened(Some(&anna)).unwrap();
    let before = cells.copy();
    let (rotate, trail) = rig.rotation_of(&row);
    assert!(matches!(block_on(rig.stores.sessions.rotate(rotate, &trail)).unwrap(), Rotated::Done(_)));
    cells.lose(&before, rig.now());
    assert_eq!(rig.load(&row).unwrap(), None, "the ticket from before a step-up");
}

#[test]
fn who_was_signed_out_everywhere_stays_signed_out() {
    let (rig, cells, anna) = rig();
    let row = rig.opened(Some(&anna)).unwrap();
    let before = cells.copy();
    rig.revoke_all(&anna).unwrap();
    cells.lose(&before, rig.now());
    assert!(!rig.is_live(&row).unwrap());
}

#[test]
fn a_renewal_that_was_lost_is_made_up_for() {
    let (rig, cells, anna) = rig();
    let (_, family) = rig.begun(&anna).unwrap();
    let before = cells.copy();
    rig.pass(Span::minutes(1));
    assert!(matches!(rig.present(&family, 1).unwrap(), Presented::Renewed(How::Rotated, _)));
    rig.pass(Span::minutes(1));
    cells.lose(&before, rig.now());
    let presented = rig.present(&family, 2).unwrap();
    let Presented::Renewed(How::CaughtUp, held) = presented else { panic!("{presented:?}") };
    assert_eq!(held.family.generation, 3);
    // The one it was before is used up, as ever.
    rig.pass(Span::minutes(1));
    assert!(matches!(rig.present(&family, 1).unwrap(), Presented::Theft(_)));
}

#[test]
fn one_from_the_future_of_a_store_that_lost_nothing_is_told_of() {
    let (rig, _, anna) = rig();
    let (_, family) = rig.begun(&anna).unwrap();
    assert!(matches!(rig.present(&family, 2).unwrap(), Presented::WentBack(_)));
}

/// A session that nobody could end by its name opens nothing: or it would be good for as long as it lives.
#[test]
fn a_session_whose_name_is_lost_is_lost() {
    for is_older in [false, true] {
        let (rig, cells, anna) = rig();
        let row = rig.opened(Some(&anna)).unwrap();
        let key = CellKey::Session(row.session.id);
        let before = cells.copy();
        let row = if is_older {
            let (rotate, trail) = rig.rotation_of(&row);
            let new = rotate.row.clone();
            block_on(rig.stores.sessions.rotate(rotate, &trail)).unwrap();
            cells.lose_one_to(&key, &before);
            new
        } else {
            cells.lose_one(&key);
            row
        };
        assert_eq!(rig.load(&row).unwrap(), None, "older: {is_older}");
        let (_, closed) = block_on(rig.stores.sessions.close(vec![rig.ending(&row.session)])).unwrap();
        assert!(closed.is_empty());
        let known = block_on(rig.stores.ledger.known(&[FactKey::Session(row.session.id)])).unwrap();
        assert_eq!(known, [Some(u64::MAX)], "it is over all the same");
    }
}

#[test]
fn what_somebody_else_wrote_keeps_nobody_from_anything_but_that() {
    let (rig, cells, anna) = rig();
    let (row, other) = (rig.opened(Some(&anna)).unwrap(), rig.opened(Some(&anna)).unwrap());
    cells.break_cell(CellKey::Ticket(row.look_up));
    assert_eq!(block_on(rig.stores.sessions.load(&row.look_up)).unwrap_err().kind(), FaultKind::Corrupt);
    assert!(rig.is_live(&other).unwrap());
    let listed = block_on(rig.stores.sessions.of_subject(&anna)).unwrap();
    assert_eq!(listed.iter().map(|row| row.session.id).collect::<Vec<_>>(), [other.session.id]);
    cells.break_cell(CellKey::Subject(anna.clone()));
    assert!(rig.opened(Some(&anna)).is_ok(), "they sign in");
    cells.break_cell(CellKey::Subject(anna.clone()));
    rig.revoke_all(&anna).unwrap();
    assert!(!rig.is_live(&other).unwrap());
    block_on(rig.stores.sessions.expired(8)).unwrap();
}
