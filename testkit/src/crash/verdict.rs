//! What must be true of a store whose writer was killed.

use super::ledger::{Fate, Said, Told};
use crate::engine::{Engine, Failure, ring, wait};
use cloakroom_model::records::event::EventName;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_rules::audit::heads::Verification;
use cloakroom_rules::session::patch::read;
use cloakroom_store::guarantees::Truth;
use cloakroom_store::sessions::Census;
use std::collections::BTreeMap;

/// Compares what is there, as the next process finds it, with what was said.
pub fn of(engine: &Engine, said: &mut Said) -> Result<Vec<String>, Failure> {
    let mut violations = Vec::new();
    let events = whole_log(engine, &mut violations)?;
    for (id, told) in &mut said.sessions {
        session(engine, id, told, &events, &mut violations)?;
    }
    let half_done = wait(engine.stores.sessions.census())?;
    // A list beside the sessions may be wrong after a crash, and is put right by whoever sweeps.
    let is_exact = engine.stores.guarantees.truth == Truth::ClassA;
    if is_exact && half_done.old_tickets > 0 {
        violations.push(format!("tickets of no session: {half_done:?}"));
    }
    if is_exact {
        counts(&half_done, &events, &mut violations);
    }
    Ok(violations)
}

type Names = BTreeMap<String, Vec<EventName>>;

/// The chain closes, up to every signed head. Answers the events of each session.
fn whole_log(engine: &Engine, violations: &mut Vec<String>) -> Result<Names, Failure> {
    let (ring, mut names) = (ring()?, Names::new());
    for (lane, head) in wait(engine.stores.events.chains())? {
        let heads = wait(engine.stores.events.checkpoints(lane))?;
        let mut verification = Verification::of(lane, heads);
        for link in wait(engine.stores.events.tail(lane, 0, usize::MAX >> 1))? {
            let key = |kid| ring.mac(kid, cloakroom_crypto::derive::Purpose::Audit, &[]).ok();
            if let Err(broken) = verification.link(&link, key) {
                violations.push(broken.to_string());
                return Ok(names);
            }
            if let Some((session, name)) = link.event.and_then(|event| Some((event.session?, event.name))) {
                names.entry(session.to_string()).or_default().push(name);
            }
        }
        match verification.end() {
            Ok(end) if end == head => {}
            other => violations.push(format!("the log ends at {other:?} and not at {head:?}")),
        }
    }
    Ok(names)
}

fn session(
    engine: &Engine,
    id: &str,
    told: &mut Told,
    events: &Names,
    violations: &mut Vec<String>,
) -> Result<(), Failure> {
    let mut accepted = Vec::new();
    for text in &told.tickets {
        let ticket = Ticket::parse(text).map_err(|_| "the writer printed no ticket")?;
        match wait(engine.authority.check(&engine.presented(&ticket))) {
            Ok(checked) => accepted.push(checked.session()?),
            Err(denied) if denied.refusal().is_some() => {}
            Err(outage) => return Err(outage.into()),
        }
    }
    let fate = told.fate;
    let mut wrong = |what: &str| violations.push(format!("{id} ({fate:?}): {what}"));
    match (fate, accepted.as_slice()) {
        (Fate::Live, []) if !told.rotating => wrong("an acknowledged session is gone"),
        (Fate::Ended, [_, ..]) => wrong("a revoked session is accepted"),
        (_, [_, _, ..]) => wrong("two tickets of one session work after a rotation"),
        // Whatever it was found to be, it stays.
        (Fate::Either, []) => told.fate = Fate::Ended,
        (Fate::Either, [_]) => told.fate = Fate::Live,
        _ => {}
    }
    if let [session] = accepted.as_slice() {
        let value = read::<u64>(&session.data, "value")?.unwrap_or_default();
        if value < told.value || value > told.tried.max(told.value) {
            wrong(&format!("holds {value}, acknowledged was {} and tried {}", told.value, told.tried));
        }
    }
    let told_of = events.get(id).map(Vec::as_slice).unwrap_or_default();
    let count = |name: EventName| told_of.iter().filter(|other| **other == name).count();
    if count(EventName::SessionOpened) != 1 || count(EventName::SessionClosed) > 1 {
        wrong(&format!("its events are {told_of:?}"));
    }
    if count(EventName::SessionClosed) == 1 && !accepted.is_empty() {
        wrong("its end was told, and it is accepted");
    }
    Ok(())
}

/// No session without its event, also none that nobody was told of.
fn counts(census: &Census, events: &Names, violations: &mut Vec<String>) {
    let opened = events.values().filter(|names| names.contains(&EventName::SessionOpened)).count() as u64;
    if census.signed_in > opened {
        violations.push(format!("{} sessions, {opened} of them told of", census.signed_in));
    }
}
