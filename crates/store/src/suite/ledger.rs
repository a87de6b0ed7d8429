use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq};
use super::words::{session_id, subject, wait};
use crate::ledger::Entry;
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::time::{Span, Time};

fn publish(rig: &Rig, key: &FactKey, at_least: u64, until: Time) -> Result<(), Violation> {
    let fact = KeptFact { fact: Fact { key: key.clone(), at_least }, until };
    wait(rig.stores.ledger.publish(&Trail { facts: vec![fact], events: Vec::new() }))?;
    Ok(())
}

fn all(rig: &Rig, after: u64, at_most: usize) -> Result<Vec<Entry>, Violation> {
    Ok(wait(rig.stores.ledger.since(rig.lane()?, after, at_most))?)
}

pub(super) fn facts_only_grow(rig: &Rig) -> Verdict {
    let key = FactKey::User(subject("anna")?);
    for (published, known) in [(3, 3), (1, 3), (3, 3), (5, 5), (u64::MAX, u64::MAX), (6, u64::MAX)] {
        publish(rig, &key, published, Time::MAX)?;
        let found = wait(rig.stores.ledger.known(&[FactKey::Epoch, key.clone()]))?;
        require_eq!(found, vec![None, Some(known)], "after publishing {published}");
    }
    Ok(Skipped::No)
}

pub(super) fn since_is_in_order_without_gaps(rig: &Rig) -> Verdict {
    let until = rig.now().plus(Span::hours(1));
    let keys: Vec<_> = (0..10).map(|n| FactKey::Version(session_id(n))).collect();
    for round in 1..=3 {
        for key in &keys {
            publish(rig, key, round, until)?;
        }
    }
    let entries = all(rig, 0, 1_000)?;
    require!(entries.is_sorted_by(|one, next| one.seq < next.seq), "out of order");
    require_eq!(entries.len(), keys.len(), "a fact stands once, at its newest place");
    require!(entries.iter().all(|entry| entry.fact.fact.at_least == 3), "an older number of a fact");
    let head = wait(rig.stores.ledger.heads())?.first().map(|(_, head)| *head);
    require_eq!(entries.last().map(|entry| entry.seq), head, "the head");
    let (mut cursor, mut paged) = (0, Vec::new());
    loop {
        let page = all(rig, cursor, 3)?;
        let Some(last) = page.last() else { break };
        cursor = last.seq;
        paged.extend(page);
    }
    require_eq!(paged, entries, "page by page");
    if let Some(key) = keys.first() {
        publish(rig, key, 2, until)?;
    }
    require!(all(rig, cursor, 10)?.is_empty(), "a fact that did not grow is news");
    Ok(Skipped::No)
}

pub(super) fn forgets_only_what_is_over(rig: &Rig) -> Verdict {
    let (short, long) = (FactKey::Session(session_id(1)), FactKey::Session(session_id(2)));
    let user = FactKey::User(subject("anna")?);
    publish(rig, &short, u64::MAX, rig.now().plus(Span::hours(1)))?;
    publish(rig, &long, u64::MAX, rig.now().plus(Span::hours(1)))?;
    publish(rig, &long, u64::MAX, rig.now().plus(Span::hours(3)))?;
    publish(rig, &user, 4, Time::MAX)?;
    rig.pass(Span::hours(1));
    require_eq!(wait(rig.stores.ledger.forget(100))?, 0, "forgotten while they may still deny something");
    rig.pass(Span::millis(1));
    require_eq!(wait(rig.stores.ledger.forget(100))?, 1, "forgotten when over");
    let known = wait(rig.stores.ledger.known(&[short, long, user]))?;
    require_eq!(known, vec![None, Some(u64::MAX), Some(4)], "what is left");
    Ok(Skipped::No)
}

/// A generation that is published by whoever knows nothing of sessions denies those that are there all the same.
pub(super) fn a_published_generation_denies_what_is_there(rig: &Rig) -> Verdict {
    let anna = subject("anna")?;
    let row = rig.opened(Some(&anna))?;
    publish(rig, &FactKey::User(anna), 1, Time::MAX)?;
    require_eq!(
        rig.load(&row)?.map(|loaded| loaded.truth.user),
        Some(1),
        "the generation in a load by ticket"
    );
    let found = wait(rig.stores.sessions.find(row.session.id))?;
    require_eq!(found.map(|loaded| loaded.truth.user), Some(1), "the generation in a load by id");
    require!(!rig.is_live(&row)?, "a session below its user's generation is live");
    Ok(Skipped::No)
}

pub(super) fn generations_follow_facts(rig: &Rig) -> Verdict {
    let (anna, bob) = (subject("anna")?, subject("bob")?);
    rig.revoke_all(&anna)?;
    rig.revoke_all(&anna)?;
    rig.raise_epoch()?;
    let of = |who| wait(rig.stores.ledger.generations(who));
    require_eq!((of(Some(&anna))?.user, of(Some(&anna))?.epoch), (2, 1), "of a user");
    require_eq!((of(Some(&bob))?.user, of(Some(&bob))?.epoch), (0, 1), "of another");
    require_eq!((of(None)?.user, of(None)?.epoch), (0, 1), "of nobody");
    Ok(Skipped::No)
}
