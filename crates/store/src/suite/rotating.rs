use super::rig::{Rig, Skipped, Verdict, require, require_eq, require_is};
use super::words::{subject, wait};
use crate::sessions::{Promote, Rotated};
use cloakroom_model::records::fact::FactKey;
use cloakroom_model::records::trail::Trail;

pub(super) fn only_the_new_ticket_works(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let (rotate, trail) = rig.rotation_of(&row);
    let new = rotate.row.clone();
    require_is!(wait(rig.stores.sessions.rotate(rotate, &trail))?, Rotated::Done(_), "a rotation");
    require_eq!(rig.load(&row)?, None, "the old ticket");
    require_eq!(rig.load(&new)?.map(|loaded| loaded.row), Some(new.clone()), "the new ticket");
    let known = wait(rig.stores.ledger.known(&[FactKey::Version(row.session.id)]))?;
    require_eq!(known, vec![Some(new.session.version)], "the fact that makes copies stale");
    Ok(Skipped::No)
}

pub(super) fn stale_or_taken_changes_nothing(rig: &Rig) -> Verdict {
    let (row, other) = (rig.opened(None)?, rig.opened(None)?);
    let (mut rotate, trail) = rig.rotation_of(&row);
    rotate.expect += 1;
    require_is!(
        wait(rig.stores.sessions.rotate(rotate.clone(), &trail))?,
        Rotated::Stale,
        "from another version"
    );
    rotate.expect -= 1;
    rotate.row.look_up = other.look_up;
    require_is!(
        wait(rig.stores.sessions.rotate(rotate, &trail))?,
        Rotated::Taken,
        "to a ticket that is taken"
    );
    require_eq!(rig.load(&row)?.map(|loaded| loaded.row), Some(row.clone()), "the session");
    require_eq!(rig.load(&other)?.map(|loaded| loaded.row), Some(other), "the other session");
    require!(
        wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?.1.len() == 1,
        "it is there to close"
    );
    let (gone, trail) = rig.rotation_of(&row);
    require_is!(wait(rig.stores.sessions.rotate(gone, &trail))?, Rotated::Gone, "of a closed one");
    Ok(Skipped::No)
}

pub(super) fn older_proof_is_superseded(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let visitor = rig.opened(None)?;
    let proof = wait(rig.stores.ledger.generations(Some(&anna)))?;
    rig.revoke_all(&anna)?;
    let (mut rotate, trail) = rig.rotation_of(&visitor);
    rotate.row.session.subject = Some(anna);
    rotate.row.session.generations = proof;
    require_is!(
        wait(rig.stores.sessions.rotate(rotate, &trail))?,
        Rotated::Superseded,
        "from an older proof"
    );
    Ok(Skipped::No)
}

pub(super) fn ends_pending_and_superseded_tickets(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let offers = [rig.offer_to(&row, 4), rig.offer_to(&row, 4)];
    for offer in offers {
        wait(rig.stores.sessions.offer(offer, &Trail::none()))?;
    }
    let [pending, other] = offers.map(|offer| offer.look_up);
    let promote = Promote { session: row.session.id, look_up: pending };
    wait(rig.stores.sessions.promote(promote, &Trail::none()))?;
    let current = rig.current(row.session.id)?;
    let (rotate, trail) = rig.rotation_of(&current);
    require_is!(wait(rig.stores.sessions.rotate(rotate, &trail))?, Rotated::Done(_), "a rotation");
    for dead in [row.look_up, pending, other] {
        require!(wait(rig.stores.sessions.load(&dead))?.is_none(), "a ticket from before a rotation works");
    }
    require_eq!(wait(rig.stores.sessions.census())?.old_tickets, 0, "old tickets after a rotation");
    Ok(Skipped::No)
}
