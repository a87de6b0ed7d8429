use super::rig::{Rig, Skipped, Verdict, require, require_eq};
use super::words::{subject, wait};
use crate::events::Erased;
use crate::sessions::{Open, Rotated};
use cloakroom_model::records::chain::{ChainHead, SignedHead};
use cloakroom_model::records::event::EventName;
use cloakroom_model::records::trail::Trail;

fn verify(rig: &Rig) -> Verdict {
    for (lane, end) in wait(rig.stores.events.chains())? {
        let mut head = ChainHead::default();
        for link in wait(rig.stores.events.tail(lane, 0, 10_000))? {
            if let Some(event) = &link.event {
                require_eq!(ChainHead::payload_digest(&event.to_bytes()), link.payload, "a payload's digest");
            }
            head = head.then(lane, link.payload);
            require_eq!(link.head(), head, "the chain");
        }
        require_eq!(end, head, "the head of the chain");
    }
    Ok(Skipped::No)
}

pub(super) fn chained_in_commit_order(rig: &Rig) -> Verdict {
    verify(rig)?;
    for _ in 0..5 {
        let row = rig.opened(Some(&subject("anna")?))?;
        let (rotate, trail) = rig.rotation_of(&row);
        wait(rig.stores.sessions.rotate(rotate, &trail))?;
        let told = vec![EventName::SessionOpened, EventName::SessionRotated];
        require_eq!(rig.told_of(row.session.id)?, told, "in order");
        verify(rig)?;
    }
    let (lane, mut after, mut seen) = (rig.lane()?, 0, 0);
    while let Some(last) = wait(rig.stores.events.tail(lane, after, 3))?.last() {
        (after, seen) = (last.seq, seen + 1);
    }
    require!(after == 10 && seen == 4, "page by page: {after} in {seen} pages");
    Ok(Skipped::No)
}

pub(super) fn refused_verbs_tell_nothing(rig: &Rig) -> Verdict {
    let row = rig.opened(None)?;
    let before = wait(rig.stores.events.chains())?;
    rig.open_as(Open {
        row: row.clone(),
        at_most: None,
        closing: vec![rig.ending(&row.session)],
        family: None,
    })?;
    let (mut rotate, trail) = rig.rotation_of(&row);
    rotate.expect += 5;
    let rotated = wait(rig.stores.sessions.rotate(rotate, &trail))?;
    require_eq!(rotated, Rotated::Stale, "from another version");
    let mut patch = rig.patch_of(&row.session, "a", 1)?;
    patch.expect += 5;
    wait(rig.stores.sessions.patch(patch, &trail))?;
    require_eq!(wait(rig.stores.events.chains())?, before, "a refused verb told of something");
    require!(
        wait(rig.stores.ledger.heads())?.iter().all(|(_, head)| *head == 0),
        "a refused verb published a fact"
    );
    Ok(Skipped::No)
}

pub(super) fn erased_payloads_leave_the_chain_whole(rig: &Rig) -> Verdict {
    let row = rig.opened(Some(&subject("anna")?))?;
    rig.opened(None)?;
    let lane = rig.lane()?;
    let tells = rig.telling(EventName::UserDeleted, row.session.id);
    require_eq!(wait(rig.stores.events.erase(lane, 1, &tells))?, Erased::Done, "erasing");
    require_eq!(
        wait(rig.stores.events.erase(lane, 99, &tells))?,
        Erased::Absent,
        "erasing what is not there"
    );
    let links = wait(rig.stores.events.tail(lane, 0, 10))?;
    let told: Vec<_> = links.iter().map(|link| link.event.as_ref().map(|event| event.name)).collect();
    require_eq!(
        told,
        vec![None, Some(EventName::SessionOpened), Some(EventName::UserDeleted)],
        "what is left"
    );
    verify(rig)
}

pub(super) fn signed_heads_are_kept(rig: &Rig) -> Verdict {
    rig.opened(None)?;
    let lane = rig.lane()?;
    let mut signed = Vec::new();
    for mac in [[1; 32], [2; 32]] {
        rig.opened(None)?;
        let chains = wait(rig.stores.events.chains())?;
        for (lane, head) in chains {
            let one = SignedHead { lane, head, at: rig.now(), kid: 1, mac };
            wait(rig.stores.events.checkpoint(one))?;
            signed.push(one);
        }
    }
    require_eq!(wait(rig.stores.events.checkpoints(lane))?, signed, "signed heads");
    require_eq!(
        wait(rig.stores.events.last_checkpoint(lane))?,
        signed.last().copied(),
        "the newest signed head"
    );
    wait(rig.stores.ledger.publish(&Trail::none()))?;
    verify(rig)
}
