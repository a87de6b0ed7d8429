use super::rig::{Rig, Skipped, Verdict, require, require_eq};
use super::words::{subject, wait};
use crate::guarantees::Durability;
use crate::sessions::{Raise, Raised, Touch};
use cloakroom_model::records::fact::{Fact, FactKey};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::Span;

/// After each acknowledged verb, the store as a kill at that moment leaves it.
pub(super) fn acknowledged_is_there_after_a_kill(rig: &Rig) -> Verdict {
    let Some(crash) = &rig.crash else {
        require!(
            rig.stores.guarantees.durability != Durability::Power,
            "durable, but its rig cannot crash it"
        );
        return Ok(Skipped::Because("it promises nothing beyond its process"));
    };
    let (anna, bob) = (subject("anna")?, subject("bob")?);
    for _ in 0..3 {
        let row = rig.opened(Some(&anna))?;
        let found = wait(crash().sessions.load(&row.look_up))?;
        require_eq!(found.map(|loaded| loaded.row), Some(row.clone()), "an acknowledged opening");

        let patch = rig.patch_of(&row.session, "a", 1)?;
        let patched = patch.session.clone();
        wait(rig.stores.sessions.patch(patch, &Trail::none()))?;
        let found = wait(crash().sessions.load(&row.look_up))?;
        require_eq!(found.map(|loaded| loaded.row.session), Some(patched), "an acknowledged patch");

        rig.pass(Span::minutes(5));
        wait(rig.stores.sessions.touch(vec![Touch {
            session: row.session.id,
            since: rig.now(),
            seen: rig.now(),
        }]))?;
        wait(rig.stores.sessions.close(vec![rig.ending(&row.session)]))?;
        let after = crash();
        require!(wait(after.sessions.load(&row.look_up))?.is_none(), "an acknowledged closing is undone");
        let known = wait(after.ledger.known(&[FactKey::Session(row.session.id)]))?;
        require_eq!(known, vec![Some(Fact::REVOKED)], "an acknowledged fact");
        let chains = (wait(after.events.chains())?, wait(rig.stores.events.chains())?);
        require_eq!(chains.0, chains.1, "the chain of events");

        let other = rig.opened(Some(&bob))?;
        let expect = wait(rig.stores.ledger.generations(Some(&bob)))?.user;
        let raise = Raise { subject: bob.clone(), expect, keep: None };
        let raised = wait(rig.stores.sessions.raise(raise, &rig.raise_trail(&bob, expect + 1)))?;
        require!(matches!(raised, Raised::Done(..)), "a raise: {raised:?}");
        let after = crash();
        require_eq!(wait(after.ledger.generations(Some(&bob)))?.user, expect + 1, "an acknowledged raise");
        require!(wait(after.sessions.load(&other.look_up))?.is_none(), "a revoked session is back");
    }
    Ok(Skipped::No)
}
