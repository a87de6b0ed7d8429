use super::rig::{Rig, Skipped, Verdict, require};
use super::words::{subject, wait};
use crate::sessions::Touch;
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::trail::Trail;

/// Whatever fails, the answer is an outage; what was there before is there afterwards.
pub(super) fn an_outage_is_never_an_answer(rig: &Rig) -> Verdict {
    let Some(outage) = &rig.outage else {
        return Ok(Skipped::Because("writing to it cannot be made to fail"));
    };
    let anna = subject("anna")?;
    let row = rig.opened(Some(&anna))?;
    let sessions = &rig.stores.sessions;
    outage(true);
    let (rotate, trail) = rig.rotation_of(&row);
    let patch = rig.patch_of(&row.session, "a", 1)?;
    require!(wait(sessions.patch(patch, &Trail::none())).is_err(), "a patch was answered");
    require!(wait(sessions.rotate(rotate, &trail)).is_err(), "a rotation was answered");
    require!(wait(sessions.close(vec![rig.ending(&row.session)])).is_err(), "a closing was answered");
    require!(
        wait(sessions.touch(vec![Touch { session: row.session.id, since: rig.now(), seen: rig.now() }]))
            .is_err(),
        "a touch"
    );
    require!(rig.revoke_all(&anna).is_err(), "a revocation was acknowledged");
    if let Ok(None) = wait(sessions.load(&row.look_up)) {
        require!(false, "an outage was answered as absent");
    }
    outage(false);
    require!(rig.is_live(&row)?, "an outage signed somebody out");
    require!(rig.told_of(row.session.id)? == vec![EventName::SessionOpened], "an outage left events behind");
    require!(rig.opened(Some(&anna)).is_ok(), "the store does not recover");
    Ok(Skipped::No)
}

pub(super) fn closed_is_an_outage_too(rig: &Rig) -> Verdict {
    let Some(close) = &rig.close else { return Ok(Skipped::Because("it cannot be closed")) };
    let row = rig.opened(None)?;
    close();
    require!(wait(rig.stores.sessions.load(&row.look_up)).is_err(), "a closed store says what is in it");
    require!(wait(rig.stores.sessions.find(row.session.id)).is_err(), "a closed store finds");
    require!(wait(rig.stores.ledger.known(&[])).is_err(), "a closed ledger knows");
    require!(wait(rig.stores.ledger.publish(&Trail::none())).is_err(), "a closed ledger publishes");
    require!(
        rig.open_as(crate::sessions::Open {
            row: rig.row(None),
            at_most: None,
            closing: Vec::new(),
            family: None
        })
        .is_err(),
        "a closed store opens"
    );
    Ok(Skipped::No)
}
