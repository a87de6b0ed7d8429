use super::rig::{Rig, Skipped, Verdict, require, require_eq, require_is};
use super::words::{subject, wait};
use crate::sessions::{Raise, Raised};
use cloakroom_model::records::fact::FactKey;

pub(super) fn ends_every_session(rig: &Rig) -> Verdict {
    let (anna, bob) = (subject("anna")?, subject("bob")?);
    let rows = [rig.opened(Some(&anna))?, rig.opened(Some(&anna))?, rig.opened(Some(&anna))?];
    let other = rig.opened(Some(&bob))?;
    let raise = Raise { subject: anna.clone(), expect: 0, keep: None };
    let raised = wait(rig.stores.sessions.raise(raise, &rig.raise_trail(&anna, 1)))?;
    require_is!(raised, Raised::Done(_, 3), "how many ended");
    for row in &rows {
        require!(!rig.is_live(row)?, "a session outlived its user's generation");
    }
    require!(rig.is_live(&other)?, "another user's session ended");
    require_eq!(wait(rig.stores.ledger.known(&[FactKey::User(anna)]))?, vec![Some(1)], "the fact");
    Ok(Skipped::No)
}

pub(super) fn keeps_the_one_that_asked(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (own, other) = (rig.opened(Some(&anna))?, rig.opened(Some(&anna))?);
    let (mut keep, _) = rig.rotation_of(&own);
    keep.row.session.generations.user = 1;
    let new = keep.row.clone();
    let raise = Raise { subject: anna.clone(), expect: 0, keep: Some(keep) };
    let raised = wait(rig.stores.sessions.raise(raise, &rig.raise_trail(&anna, 1)))?;
    require_is!(raised, Raised::Done(_, 1), "how many ended");
    require!(rig.is_live(&new)?, "the session that asked is dead");
    require!(rig.load(&own)?.is_none(), "its old ticket works");
    require!(!rig.is_live(&other)?, "the other session is live");
    Ok(Skipped::No)
}

pub(super) fn keeps_a_child_that_was_taken_off_its_parent(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let parent = rig.opened(Some(&anna))?;
    let mut child = rig.row(Some(&anna));
    child.session.parent = Some(parent.session.id);
    rig.open_as(crate::sessions::Open {
        row: child.clone(),
        at_most: None,
        closing: Vec::new(),
        family: None,
    })?;
    let (mut keep, _) = rig.rotation_of(&child);
    keep.row.session.generations.user = 1;
    keep.row.session.parent = None;
    let new = keep.row.clone();
    let raise = Raise { subject: anna.clone(), expect: 0, keep: Some(keep) };
    require_is!(
        wait(rig.stores.sessions.raise(raise, &rig.raise_trail(&anna, 1)))?,
        Raised::Done(_, 1),
        "a raise"
    );
    require!(rig.is_live(&new)?, "the session that asked went with its parent");
    require!(rig.load(&parent)?.is_none(), "the parent is still there");
    Ok(Skipped::No)
}

pub(super) fn stale_or_gone_changes_nothing(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (own, other) = (rig.opened(Some(&anna))?, rig.opened(Some(&anna))?);
    let ask = |raise: Raise| wait(rig.stores.sessions.raise(raise, &rig.raise_trail(&anna, 1)));
    let raise = Raise { subject: anna.clone(), expect: 7, keep: None };
    require_is!(ask(raise)?, Raised::Stale, "from another generation");
    let (keep, _) = rig.rotation_of(&rig.row(Some(&anna)));
    let raise = Raise { subject: anna.clone(), expect: 0, keep: Some(keep) };
    require_is!(ask(raise)?, Raised::Gone, "for a session that is not there");
    let (mut keep, _) = rig.rotation_of(&own);
    keep.expect += 1;
    let raise = Raise { subject: anna.clone(), expect: 0, keep: Some(keep) };
    require_is!(ask(raise)?, Raised::Stale, "from another version");
    let (mut keep, _) = rig.rotation_of(&own);
    keep.row.look_up = other.look_up;
    let raise = Raise { subject: anna.clone(), expect: 0, keep: Some(keep) };
    require_is!(ask(raise)?, Raised::Taken, "to a ticket that is taken");
    require!(rig.is_live(&own)? && rig.is_live(&other)?, "a refused verb ended sessions");
    require_eq!(wait(rig.stores.ledger.known(&[FactKey::User(anna)]))?, vec![None], "a refused verb's fact");
    Ok(Skipped::No)
}
