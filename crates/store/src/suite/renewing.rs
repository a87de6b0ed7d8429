use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq, require_is};
use super::words::{look_up, subject, wait};
use crate::sessions::{Offer, Offered, Promote, Promoted};
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::time::Span;

fn offer(rig: &Rig, row: &Row) -> Result<LookUp, Violation> {
    let offer = rig.offer_to(&rig.current(row.session.id)?, 4);
    require_is!(wait(rig.stores.sessions.offer(offer, &Trail::none()))?, Offered::Done(_), "an offer");
    Ok(offer.look_up)
}

fn promote(rig: &Rig, row: &Row, look_up: LookUp) -> Result<Promoted, Violation> {
    let promote = Promote { session: row.session.id, look_up };
    Ok(wait(rig.stores.sessions.promote(promote, &Trail::none()))?)
}

fn standing(rig: &Rig, look_up: LookUp) -> Result<Option<Standing>, Violation> {
    Ok(wait(rig.stores.sessions.load(&look_up))?.map(|loaded| loaded.standing))
}

pub(super) fn both_work_until_one_is_presented(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let pending = offer(rig, &row)?;
    require_eq!(standing(rig, row.look_up)?, Some(Standing::Current), "the old ticket");
    require_eq!(standing(rig, pending)?, Some(Standing::Pending), "the pending ticket");
    require_eq!(rig.load(&row)?.map(|loaded| loaded.pending), Some(1), "how many are pending");
    rig.pass(Span::seconds(5));
    require_is!(promote(rig, &row, pending)?, Promoted::Done(_), "presenting it");
    require_eq!(standing(rig, pending)?, Some(Standing::Current), "the presented ticket");
    require_eq!(
        standing(rig, row.look_up)?,
        Some(Standing::Superseded(rig.now())),
        "the old ticket afterwards"
    );
    let after = wait(rig.stores.sessions.find(row.session.id))?.map(|loaded| loaded.row);
    let Some(after) = after else { return Err(Violation::of("a promotion lost the session".to_owned())) };
    require_eq!(after.look_up, pending, "the digest in the record");
    require_eq!(after.session.ticket, row.session.ticket + 1, "the count of tickets");
    require_eq!(after.session.rotated, rig.now(), "when it was rotated");
    require!(after.session.version > row.session.version, "the version did not rise");
    Ok(Skipped::No)
}

pub(super) fn at_most_so_many_pending(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    for _ in 0..4 {
        offer(rig, &row)?;
    }
    let fifth = rig.offer_to(&row, 4);
    require_is!(wait(rig.stores.sessions.offer(fifth, &Trail::none()))?, Offered::Enough, "a fifth");
    require!(standing(rig, fifth.look_up)?.is_none(), "a refused offer works");
    let taken = Offer { look_up: row.look_up, ..rig.offer_to(&row, 9) };
    require_is!(wait(rig.stores.sessions.offer(taken, &Trail::none()))?, Offered::Taken, "a ticket in use");
    Ok(Skipped::No)
}

pub(super) fn a_dead_ticket_is_handed_nothing(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let late = rig.offer_to(&row, 4);
    let (rotate, trail) = rig.rotation_of(&row);
    let stepped_up = rotate.row.clone();
    wait(rig.stores.sessions.rotate(rotate, &trail))?;
    let answer = wait(rig.stores.sessions.offer(late, &Trail::none()))?;
    require_is!(answer, Offered::NotCurrent, "an offer to a ticket that a step-up has ended");
    require!(standing(rig, late.look_up)?.is_none(), "what it was refused works");
    let pending = offer(rig, &stepped_up)?;
    promote(rig, &stepped_up, pending)?;
    let superseded = rig.offer_to(&stepped_up, 4);
    let answer = wait(rig.stores.sessions.offer(superseded, &Trail::none()))?;
    require_is!(answer, Offered::NotCurrent, "an offer to a superseded ticket");
    Ok(Skipped::No)
}

pub(super) fn a_promoted_ticket_carries_its_own_root_key(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let under_next_key = Offer { kid: 2, ..rig.offer_to(&row, 4) };
    wait(rig.stores.sessions.offer(under_next_key, &Trail::none()))?;
    promote(rig, &row, under_next_key.look_up)?;
    require_eq!(rig.current(row.session.id)?.kid, 2, "the root key of the promoted ticket");
    Ok(Skipped::No)
}

pub(super) fn siblings_stay_good_until_the_next_round(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let (one, two) = (offer(rig, &row)?, offer(rig, &row)?);
    promote(rig, &row, one)?;
    require_eq!(standing(rig, two)?, Some(Standing::Pending), "the sibling");
    require_eq!(
        wait(rig.stores.sessions.find(row.session.id))?.map(|l| l.pending),
        Some(0),
        "offers of the next round"
    );
    let ticket = wait(rig.stores.sessions.find(row.session.id))?.map(|l| l.row.session.ticket);
    require_is!(promote(rig, &row, two)?, Promoted::Done(_), "presenting the sibling");
    require_eq!(standing(rig, one)?, Some(Standing::Superseded(rig.now())), "the one used before it");
    let after = wait(rig.stores.sessions.find(row.session.id))?.map(|l| l.row.session.ticket);
    require_eq!(after, ticket, "a sibling is of the same round");
    Ok(Skipped::No)
}

pub(super) fn leftovers_are_superseded_by_the_next_round(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let (one, leftover) = (offer(rig, &row)?, offer(rig, &row)?);
    promote(rig, &row, one)?;
    rig.pass(Span::minutes(10));
    let next = offer(rig, &row)?;
    require_eq!(standing(rig, leftover)?, Some(Standing::Pending), "before the next one is presented");
    promote(rig, &row, next)?;
    require_eq!(standing(rig, leftover)?, Some(Standing::Superseded(rig.now())), "the leftover");
    require_is!(promote(rig, &row, leftover)?, Promoted::NotPending, "presenting the leftover");
    Ok(Skipped::No)
}

pub(super) fn what_is_not_pending_is_not_promoted(rig: &Rig) -> Verdict {
    let (row, other) = (rig.opened(None)?, rig.opened(None)?);
    let pending = offer(rig, &row)?;
    require_is!(promote(rig, &other, pending)?, Promoted::NotPending, "a ticket of another session");
    require_is!(promote(rig, &row, row.look_up)?, Promoted::NotPending, "the ticket in use");
    require_is!(promote(rig, &row, look_up(rig.next()))?, Promoted::NotPending, "an unknown ticket");
    promote(rig, &row, pending)?;
    require_is!(promote(rig, &row, pending)?, Promoted::NotPending, "one that was promoted");
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require_is!(promote(rig, &row, pending)?, Promoted::Gone, "one of a closed session");
    Ok(Skipped::No)
}

pub(super) fn old_tickets_are_bounded_and_go_with_the_session(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    for _ in 0..40 {
        let pending = offer(rig, &row)?;
        promote(rig, &row, pending)?;
    }
    let kept = wait(rig.stores.sessions.census())?.old_tickets;
    require!((1..=16).contains(&kept), "{kept} old tickets after 40 rotations");
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require_eq!(wait(rig.stores.sessions.census())?.old_tickets, 0, "old tickets of a closed session");
    Ok(Skipped::No)
}
