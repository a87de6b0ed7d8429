use super::rig::{Rig, Skipped, Verdict, require, require_eq};
use super::words::{subject, wait};
use crate::sessions::{Census, Closing, Open, When};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::words::time::Span;

pub(super) fn gone_with_its_fact_and_event(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    let (receipt, closed) = wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require_eq!(closed, vec![row.session.id], "who was closed");
    require!(rig.load(&row)?.is_none(), "a closed session is there");
    let known = wait(rig.stores.ledger.known(&[FactKey::Session(row.session.id)]))?;
    require_eq!(known, vec![Some(Fact::REVOKED)], "its fact");
    require!(receipt.facts.len() == 1, "its receipt names {} facts", receipt.facts.len());
    let told = vec![EventName::SessionOpened, EventName::SessionClosed];
    require_eq!(rig.told_of(row.session.id)?, told, "its events");
    Ok(Skipped::No)
}

pub(super) fn twice_is_one_event(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    let (_, closed) = wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
    require!(closed.is_empty(), "closed twice");
    let told = vec![EventName::SessionOpened, EventName::SessionClosed];
    require_eq!(rig.told_of(row.session.id)?, told, "its events");
    Ok(Skipped::No)
}

pub(super) fn children_end_with_it(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let parent = rig.opened(Some(&anna))?;
    let mut rows = Vec::new();
    for of in [parent.session.id, parent.session.id] {
        let mut child = rig.row(Some(&anna));
        child.session.parent = Some(of);
        rig.open_as(Open { row: child.clone(), at_most: None, closing: Vec::new(), family: None })?;
        let mut grandchild = rig.row(Some(&anna));
        grandchild.session.parent = Some(child.session.id);
        rig.open_as(Open { row: grandchild.clone(), at_most: None, closing: Vec::new(), family: None })?;
        rows.extend([child, grandchild]);
    }
    for row in &rows {
        require!(rig.is_live(row)?, "a child does not open");
    }
    wait(rig.stores.sessions.close(vec![rig.ending(&parent.session)]))?;
    for row in &rows {
        require!(rig.load(row)?.is_none(), "a child outlives its parent");
    }
    Ok(Skipped::No)
}

pub(super) fn live_is_not_expired(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let only_expired = Closing { when: When::Expired, ..rig.ending(&row.session) };
    let (_, closed) = wait(rig.stores.sessions.close(vec![only_expired.clone()]))?;
    require!(closed.is_empty() && rig.is_live(&row)?, "a live session was closed as expired");
    require_eq!(rig.told_of(row.session.id)?, vec![EventName::SessionOpened], "its events");
    rig.pass(Span::hours(1));
    let (_, closed) = wait(rig.stores.sessions.close(vec![only_expired]))?;
    require_eq!(closed, vec![row.session.id], "an expired session");
    Ok(Skipped::No)
}

pub(super) fn nothing_is_left_behind(rig: &Rig) -> Verdict {
    for round in 0..20 {
        let anna = subject(&format!("anna-{round}"))?;
        for row in [rig.opened(Some(&anna))?, rig.opened(None)?] {
            wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
        }
        require!(wait(rig.stores.sessions.of_subject(&anna))?.is_empty(), "a closed session is listed");
    }
    require_eq!(wait(rig.stores.sessions.census())?, Census::default(), "after all are closed");
    Ok(Skipped::No)
}
