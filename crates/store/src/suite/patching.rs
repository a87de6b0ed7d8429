use super::rig::{Rig, Skipped, Verdict, require, require_eq, require_is};
use super::words::{subject, wait};
use crate::sessions::{Patched, Touch};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Span;

pub(super) fn changes_record_and_version(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let patch = rig.patch_of(&row.session, "cart", 3)?;
    let wanted = patch.session.clone();
    require_is!(wait(rig.stores.sessions.patch(patch, &Trail::none()))?, Patched::Done(_), "a patch");
    require_eq!(rig.load(&row)?.map(|loaded| loaded.row.session), Some(wanted), "what was patched");
    Ok(Skipped::No)
}

pub(super) fn stale_changes_nothing(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let (first, second) = (rig.patch_of(&row.session, "a", 1)?, rig.patch_of(&row.session, "b", 2)?);
    wait(rig.stores.sessions.patch(first.clone(), &Trail::none()))?;
    require_is!(
        wait(rig.stores.sessions.patch(second, &Trail::none()))?,
        Patched::Stale,
        "a patch from before"
    );
    require_eq!(
        rig.load(&row)?.map(|loaded| loaded.row.session),
        Some(first.session),
        "what the first wrote"
    );
    Ok(Skipped::No)
}

pub(super) fn closed_is_gone(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let patch = rig.patch_of(&row.session, "a", 1)?;
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require_is!(
        wait(rig.stores.sessions.patch(patch, &Trail::none()))?,
        Patched::Gone,
        "a patch on a closed one"
    );
    require!(rig.load(&row)?.is_none(), "a patch brought a closed session back");
    Ok(Skipped::No)
}

pub(super) fn expired_is_gone(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    rig.pass(Span::hours(1));
    let patch = rig.patch_of(&row.session, "a", 1)?;
    require_is!(
        wait(rig.stores.sessions.patch(patch, &Trail::none()))?,
        Patched::Gone,
        "a patch on an expired one"
    );
    require!(!rig.is_live(&row)?, "a patch brought an expired session back");
    Ok(Skipped::No)
}

pub(super) fn older_generation_is_gone(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    rig.raise_epoch()?;
    let patch = rig.patch_of(&row.session, "a", 1)?;
    require_is!(
        wait(rig.stores.sessions.patch(patch, &Trail::none()))?,
        Patched::Gone,
        "a patch on a dead one"
    );
    Ok(Skipped::No)
}

pub(super) fn keeps_the_time_of_last_use(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    rig.pass(Span::minutes(30));
    let seen = rig.now();
    wait(rig.stores.sessions.touch(vec![Touch { session: row.session.id, since: seen, seen }]))?;
    wait(rig.stores.sessions.patch(rig.patch_of(&row.session, "a", 1)?, &Trail::none()))?;
    let loaded = rig.load(&row)?.map(|loaded| loaded.row.session.last_seen);
    require_eq!(loaded, Some(seen), "a patch moved the time of last use back");
    rig.pass(Span::minutes(59));
    require!(rig.is_live(&row)?, "the limit slides from the last use");
    Ok(Skipped::No)
}
