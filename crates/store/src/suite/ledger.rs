use super::rig::{Rig, Skipped, Verdict, Violation, require, require_eq};
use super::words::{session_id, subject, wait};
use crate::ledger::{Entry, LaneTail};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::time::{Span, Time};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::collections::BTreeSet;

fn publish(rig: &Rig, key: &FactKey, at_least: u64, until: Time) -> Result<(), Violation> {
    let fact = KeptFact { fact: Fact { key: key.clone(), at_least }, until };
    wait(rig.stores.ledger.publish(&Trail { facts: vec![fact], events: Vec::new() }))?;
    Ok(())
}

fn all(rig: &Rig, after: u64, at_most: usize) -> Result<Vec<Entry>, Violation> {
    let lane = rig.lane()?;
    let mut lanes = wait(rig.stores.ledger.since(&[(lane, after)], at_most))?;
    let Some(at) = lanes.iter().position(|tail| tail.lane == lane) else { return Ok(Vec::new()) };
    Ok(lanes.swap_remove(at).entries)
}

pub(super) fn facts_only_grow(rig: &Rig) -> Verdict {
    let key = FactKey::User(subject("anna")?);
    for (published, known) in [(3, 3), (1, 3), (3, 3), (5, 5), (u64::MAX, u64::MAX), (6, u64::MAX)] {
        publish(rig, &key, published, Time::MAX)?;
        let found = wait(rig.stores.ledger.known(&[FactKey::Epoch, key.clone()]))?;
        require_eq!(found, vec![None, Some(known)], "after publishing {published}");
    }
    // The number and the time it is kept until grow each by itself.
    let (key, in_hours) = (FactKey::Version(session_id(1)), |hours| rig.now().plus(Span::hours(hours)));
    for (published, until, known, kept) in [(5, 2, 5, 2), (3, 4, 5, 4), (7, 1, 7, 4)] {
        publish(rig, &key, published, in_hours(until))?;
        let last = all(rig, 0, 100)?.pop().map(|entry| entry.fact);
        let expected = KeptFact { fact: Fact { key: key.clone(), at_least: known }, until: in_hours(kept) };
        require_eq!(last, Some(expected), "after publishing {published} for {until} hours");
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

/// A reader who is told that this is all must have seen every fact at one place or another, however often it grew meanwhile.
pub(super) fn a_tail_is_of_one_moment(rig: &Rig) -> Verdict {
    let keys: Vec<_> = (0..5).map(|n| FactKey::Version(session_id(n))).collect();
    let until = rig.now().plus(Span::hours(1));
    for key in &keys {
        publish(rig, key, 1, until)?;
    }
    let (stop, grown) = (AtomicBool::new(false), AtomicU64::new(1));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let round = grown.fetch_add(1, Ordering::Relaxed) + 1;
                keys.iter().try_for_each(|key| publish(rig, key, round, until))?;
            }
            Ok::<_, Violation>(())
        });
        let verdict = (0..300).try_for_each(|_| reads_them_all(rig, keys.len()));
        stop.store(true, Ordering::Relaxed);
        writer.join().map_err(|_| Violation::of("the writer panicked".to_owned()))??;
        verdict
    })?;
    Ok(Skipped::No)
}

/// Page by page, as a follower does.
fn reads_them_all(rig: &Rig, count: usize) -> Result<(), Violation> {
    let (mut seen, mut cursor) = (BTreeSet::new(), Vec::<(LaneId, u64)>::new());
    loop {
        let lanes = wait(rig.stores.ledger.since(&cursor, 2))?;
        let is_all = lanes.iter().all(|tail| tail.entries.len() < 2);
        cursor = lanes.iter().map(|tail| (tail.lane, tail.upto(2))).collect();
        for LaneTail { head, entries, .. } in lanes {
            require!(
                entries.last().is_none_or(|last| last.seq <= head),
                "a fact beyond the head of its lane"
            );
            seen.extend(entries.into_iter().map(|entry| entry.fact.fact.key));
        }
        if is_all {
            require_eq!(seen.len(), count, "facts that were there all the time");
            return Ok(());
        }
    }
}

/// The head of a lane is its own, not that of what was asked for.
pub(super) fn a_tail_names_the_head(rig: &Rig) -> Verdict {
    for number in 0..5 {
        publish(rig, &FactKey::Session(session_id(number)), u64::MAX, rig.now().plus(Span::hours(1)))?;
    }
    let heads = wait(rig.stores.ledger.heads())?;
    for (after, at_most) in [(0, 2), (3, 100), (5, 100), (9, 100)] {
        let cursor: Vec<_> = heads.iter().map(|(lane, _)| (*lane, after)).collect();
        let named: Vec<_> = wait(rig.stores.ledger.since(&cursor, at_most))?
            .iter()
            .map(|tail| (tail.lane, tail.head))
            .collect();
        require_eq!(named, heads, "after {after}");
    }
    rig.pass(Span::hours(2));
    wait(rig.stores.ledger.forget(100))?;
    let tails = wait(rig.stores.ledger.since(&[], 100))?;
    require!(tails.iter().all(|tail| tail.entries.is_empty()), "facts whose time is over");
    let named: Vec<_> = tails.iter().map(|tail| (tail.lane, tail.head)).collect();
    require_eq!(named, heads, "when nothing is left");
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
