use super::rig::{Rig, Skipped, Verdict, require, require_eq, require_is};
use super::words::{subject, wait};
use crate::sessions::{Closing, Open, Opened, Patch, Patched, When};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::session::Standing;
use cloakroom_model::records::trail::Trail;

fn plain(row: cloakroom_model::records::session::Row) -> Open {
    Open { row, at_most: None, closing: Vec::new(), family: None }
}

pub(super) fn found_by_ticket_id_and_subject(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (row, anonymous) = (rig.opened(Some(&anna))?, rig.opened(None)?);
    for row in [&row, &anonymous] {
        let by_ticket = rig.load(row)?;
        require_eq!(by_ticket.as_ref().map(|loaded| &loaded.row), Some(row), "loaded by ticket");
        require_eq!(by_ticket.map(|loaded| loaded.standing), Some(Standing::Current), "standing");
        let by_id = wait(rig.stores.sessions.find(row.session.id))?;
        require_eq!(by_id.map(|loaded| loaded.row).as_ref(), Some(row), "found by id");
    }
    require_eq!(wait(rig.stores.sessions.of_subject(&anna))?, vec![row], "sessions of the subject");
    let census = wait(rig.stores.sessions.census())?;
    require_eq!((census.signed_in, census.anonymous), (1, 1), "census");
    Ok(Skipped::No)
}

/// A name is a value, whatever it looks like.
pub(super) fn names_are_no_statements(rig: &Rig) -> Verdict {
    let anna = rig.opened(Some(&subject("anna")?))?;
    let nasty = subject("x'OR'1'='1';DELETE/**/FROM/**/ck_session;--")?;
    require!(
        wait(rig.stores.sessions.of_subject(&nasty))?.is_empty(),
        "a name found somebody else's sessions"
    );
    let row = rig.opened(Some(&nasty))?;
    require_eq!(wait(rig.stores.sessions.of_subject(&nasty))?, vec![row], "sessions of a name with quotes");
    require!(rig.load(&anna)?.is_some(), "a name did away with somebody else's session");
    Ok(Skipped::No)
}

pub(super) fn unknown_is_absent(rig: &Rig) -> Verdict {
    let row = rig.row(None);
    require_eq!(rig.load(&row)?, None, "an unknown ticket");
    require_eq!(wait(rig.stores.sessions.find(row.session.id))?, None, "an unknown id");
    require!(wait(rig.stores.sessions.of_subject(&subject("nobody")?))?.is_empty(), "sessions of nobody");
    Ok(Skipped::No)
}

pub(super) fn taken_changes_nothing(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let mut same_id = rig.row(Some(&subject("mallory")?));
    same_id.session.id = row.session.id;
    let mut same_ticket = rig.row(Some(&subject("mallory")?));
    same_ticket.look_up = row.look_up;
    for other in [same_id, same_ticket] {
        require_is!(rig.open_as(plain(other))?, Opened::Taken, "opening what is taken");
    }
    require_eq!(rig.load(&row)?.map(|loaded| loaded.row), Some(row.clone()), "the first holder's session");
    require_eq!(rig.told_of(row.session.id)?, vec![EventName::SessionOpened], "events of the first holder");
    Ok(Skipped::No)
}

pub(super) fn older_proof_is_superseded(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let proof = wait(rig.stores.ledger.generations(Some(&anna)))?;
    rig.revoke_all(&anna)?;
    let mut row = rig.row(Some(&anna));
    row.session.generations = proof;
    require_is!(rig.open_as(plain(row.clone()))?, Opened::Superseded, "opening from an older proof");
    require!(!rig.is_live(&row)?, "a session from an older proof is live");
    let bob = subject("bob")?;
    require!(rig.opened(Some(&bob)).is_ok(), "another user is not concerned");
    require!(rig.opened(Some(&anna)).is_ok(), "a newer proof opens");
    Ok(Skipped::No)
}

pub(super) fn older_epoch_is_superseded(rig: &Rig) -> Verdict {
    let (before, mut late) = (rig.opened(Some(&subject("anna")?))?, rig.row(None));
    late.session.generations = before.session.generations;
    rig.raise_epoch()?;
    require!(!rig.is_live(&before)?, "a session of an earlier epoch is live");
    require_is!(rig.open_as(plain(late))?, Opened::Superseded, "opening from an earlier epoch");
    Ok(Skipped::No)
}

pub(super) fn child_of_a_dead_parent_is_refused(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let parent = rig.opened(Some(&anna))?;
    wait(rig.stores.sessions.close(vec![rig.ending(&parent.session)]))?;
    let mut child = rig.row(Some(&anna));
    child.session.parent = Some(parent.session.id);
    require_is!(rig.open_as(plain(child))?, Opened::Superseded, "opening under a closed parent");
    Ok(Skipped::No)
}

pub(super) fn a_parent_that_goes_with_it_is_no_parent(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let parent = rig.opened(Some(&anna))?;
    let mut child = rig.row(Some(&anna));
    child.session.parent = Some(parent.session.id);
    let open =
        Open { row: child.clone(), at_most: None, closing: vec![rig.ending(&parent.session)], family: None };
    require_is!(rig.open_as(open)?, Opened::Superseded, "opening under a parent that it closes");
    require!(rig.is_live(&parent)? && rig.load(&child)?.is_none(), "a refused opening changed something");
    Ok(Skipped::No)
}

pub(super) fn limit_counts_and_makes_room(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let (first, second) = (rig.opened(Some(&anna))?, rig.opened(Some(&anna))?);
    rig.opened(Some(&subject("bob")?))?;
    let third = rig.row(Some(&anna));
    let crowded =
        rig.open_as(Open { row: third.clone(), at_most: Some(2), closing: Vec::new(), family: None })?;
    require_is!(crowded, Opened::Crowded, "a third of two");
    require!(rig.load(&third)?.is_none() && rig.is_live(&first)?, "a refused opening changed something");

    let closing = vec![rig.ending(&first.session)];
    match rig.open_as(Open { row: third.clone(), at_most: Some(2), closing, family: None })? {
        Opened::Done(_, closed) => require_eq!(closed, vec![first.session.id], "who made room"),
        other => require_is!(other, Opened::Done(..), "opening with room made"),
    }
    require!(rig.load(&first)?.is_none(), "who made room is still there");
    require!(rig.is_live(&second)? && rig.is_live(&third)?, "the others are not live");
    require_eq!(
        rig.told_of(first.session.id)?.last(),
        Some(&EventName::SessionClosed),
        "the end of who made room"
    );
    Ok(Skipped::No)
}

pub(super) fn anonymous_visitors_evict_nobody_who_is_signed_in(rig: &Rig) -> Verdict {
    let Some(most) = rig.anonymous else {
        return Ok(Skipped::Because("its anonymous sessions are not bounded"));
    };
    let anna = rig.opened(Some(&subject("anna")?))?;
    for _ in 0..most * 3 {
        rig.opened(None)?;
    }
    let census = wait(rig.stores.sessions.census())?;
    require!(census.anonymous <= most as u64, "{} anonymous sessions where {most} may be", census.anonymous);
    require!(rig.is_live(&anna)?, "a flood of visitors evicted somebody who is signed in");
    Ok(Skipped::No)
}

pub(super) fn replaces_in_one_step(rig: &Rig) -> Verdict {
    let visitor = rig.opened(None)?;
    let row = rig.row(Some(&subject("anna")?));
    let closing = vec![rig.ending(&visitor.session)];
    let opened = rig.open_as(Open { row: row.clone(), at_most: None, closing, family: None })?;
    require_is!(opened, Opened::Done(..), "a sign-in that replaces a visitor");
    require!(rig.load(&visitor)?.is_none(), "the visitor's ticket works after sign-in");
    require!(rig.is_live(&row)?, "the new session is not live");
    Ok(Skipped::No)
}

/// What is carried over from a session must be all that was written to it.
pub(super) fn what_changed_since_it_was_read_is_not_replaced(rig: &Rig) -> Verdict {
    let visitor = rig.opened(None)?;
    let mut session = visitor.session.clone();
    session.version += 1;
    let patch = Patch { expect: visitor.session.version, session };
    require_is!(wait(rig.stores.sessions.patch(patch, &Trail::none()))?, Patched::Done(_), "a patch");
    let row = rig.row(Some(&subject("anna")?));
    let open = |version| Open {
        row: row.clone(),
        at_most: None,
        closing: vec![Closing { when: When::Unchanged(version), ..rig.ending(&visitor.session) }],
        family: None,
    };
    require_eq!(rig.open_as(open(visitor.session.version))?, Opened::Crowded, "a copy from before the patch");
    require!(rig.is_live(&visitor)? && rig.load(&row)?.is_none(), "something was changed");
    require_is!(rig.open_as(open(visitor.session.version + 1))?, Opened::Done(..), "a copy from after it");
    require!(rig.load(&visitor)?.is_none() && rig.is_live(&row)?, "not replaced");
    Ok(Skipped::No)
}
