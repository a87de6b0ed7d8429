//! Random sequences of verbs, against a model that is too simple to be wrong: a list, looked through.

use super::rig::{Rig, Skipped, Verdict, Violation};
use super::words::{subject, wait};
use crate::sessions::{
    Closing, Offered, Open, Opened, Patched, Promote, Promoted, Raise, Raised, Rotated, Touch, When,
};
use cloakroom_model::records::session::{Row, Standing};
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::LookUp;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::subject::SubjectId;
use cloakroom_model::words::time::Span;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::BTreeMap;

const SEQUENCES: u32 = 48;
const MOST: u32 = 3;

#[derive(Debug, Clone)]
enum Step {
    Open { who: Option<u8>, child_of: Option<u8>, old_proof: bool },
    Patch { of: u8, stale: bool },
    Rotate { of: u8, stale: bool },
    Offer { of: u8 },
    Promote { of: u8, which: u8 },
    Raise { who: u8, keep: Option<u8> },
    Touch { of: u8 },
    Close { of: u8, only_expired: bool },
    Pass { minutes: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    let index = 0u8..6;
    prop_oneof![
        4 => (prop::option::weighted(0.8, 0u8..2), prop::option::weighted(0.2, index.clone()), prop::bool::weighted(0.1))
            .prop_map(|(who, child_of, old_proof)| Step::Open { who, child_of, old_proof }),
        3 => (index.clone(), prop::bool::weighted(0.2)).prop_map(|(of, stale)| Step::Patch { of, stale }),
        2 => (index.clone(), prop::bool::weighted(0.2)).prop_map(|(of, stale)| Step::Rotate { of, stale }),
        3 => index.clone().prop_map(|of| Step::Offer { of }),
        3 => (index.clone(), 0u8..8).prop_map(|(of, which)| Step::Promote { of, which }),
        1 => (0u8..2, prop::option::of(index.clone())).prop_map(|(who, keep)| Step::Raise { who, keep }),
        2 => index.clone().prop_map(|of| Step::Touch { of }),
        1 => (index, any::<bool>()).prop_map(|(of, only_expired)| Step::Close { of, only_expired }),
        2 => (1u8..50).prop_map(|minutes| Step::Pass { minutes }),
    ]
}

/// What should be in the store.
#[derive(Default)]
struct Model {
    rows: Vec<Row>,
    /// Tickets that are not current: whose, what they are, of which round.
    old: BTreeMap<LookUp, (SessionId, Standing, u32)>,
    generations: BTreeMap<SubjectId, u64>,
    /// Every session there ever was, to ask for.
    ever: Vec<Row>,
}

impl Model {
    fn generation(&self, who: Option<&SubjectId>) -> u64 {
        who.and_then(|who| self.generations.get(who)).copied().unwrap_or_default()
    }

    fn at(&self, rig: &Rig, session: SessionId) -> Option<usize> {
        let dead = |row: &Row| {
            row.session.expires() <= rig.now()
                || row.session.generations.user < self.generation(row.session.subject.as_ref())
        };
        self.rows.iter().position(|row| row.session.id == session && !dead(row))
    }

    fn remove(&mut self, session: SessionId) {
        self.rows.retain(|row| row.session.id != session);
        self.old.retain(|_, (of, ..)| *of != session);
        let children: Vec<_> = self.rows.iter().filter(|row| row.session.parent == Some(session)).collect();
        let children: Vec<_> = children.into_iter().map(|row| row.session.id).collect();
        children.into_iter().for_each(|child| self.remove(child));
    }

    fn remove_old(&mut self, session: SessionId) {
        self.old.retain(|_, (of, ..)| *of != session);
    }

    /// What the store should say of a ticket.
    fn load(&self, ticket: &LookUp) -> Option<(Row, Standing)> {
        if let Some(row) = self.rows.iter().find(|row| row.look_up == *ticket) {
            return Some((row.clone(), Standing::Current));
        }
        let (session, standing, _) = self.old.get(ticket)?;
        Some((self.rows.iter().find(|row| row.session.id == *session)?.clone(), *standing))
    }
}

fn expect<T: core::fmt::Debug>(answer: &T, wanted: bool, step: &Step) -> Result<(), Violation> {
    if wanted { Ok(()) } else { Err(Violation::of(format!("{step:?} was answered {answer:?}"))) }
}

fn take(rig: &Rig, model: &mut Model, step: &Step) -> Result<(), Violation> {
    let sessions = &rig.stores.sessions;
    let none = Trail::none();
    let pick = |model: &Model, of: u8| {
        let latest = model.ever.len().checked_sub(1 + usize::from(of) % model.ever.len().max(1));
        let id = latest.and_then(|at| model.ever.get(at)).map(|row| row.session.id);
        let there = model.rows.iter().find(|row| Some(row.session.id) == id).cloned();
        there.or_else(|| latest.and_then(|at| model.ever.get(at)).cloned())
    };
    match step {
        Step::Open { who, child_of, old_proof } => {
            let who = who.map(|who| subject(&format!("user-{who}"))).transpose()?;
            let mut row = rig.row(who.as_ref());
            let generation = model.generation(who.as_ref());
            row.session.generations.user = if *old_proof { generation.saturating_sub(1) } else { generation };
            row.session.parent = child_of.and_then(|of| pick(model, of)).map(|row| row.session.id);
            let orphan = row.session.parent.is_some_and(|parent| model.at(rig, parent).is_none());
            let mine =
                model.rows.iter().filter(|other| who.is_some() && other.session.subject == who).count();
            let answer = rig.open_as(Open {
                row: row.clone(),
                at_most: Some(MOST),
                closing: Vec::new(),
                family: None,
            })?;
            let wanted = match &answer {
                Opened::Superseded => orphan || row.session.generations.user < generation,
                Opened::Crowded => mine >= MOST as usize,
                Opened::Done(..) => {
                    mine < MOST as usize && !orphan && row.session.generations.user == generation
                }
                Opened::Taken => false,
            };
            expect(&answer, wanted, step)?;
            if let Opened::Done(..) = answer {
                model.rows.push(row.clone());
            }
            model.ever.push(row);
        }
        Step::Patch { of, stale } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            let mut patch = rig.patch_of(&row.session, "n", *of)?;
            patch.expect += u64::from(*stale);
            let at = model.at(rig, row.session.id);
            let answer = wait(sessions.patch(patch.clone(), &none))?;
            let wanted = match &answer {
                Patched::Gone => at.is_none(),
                Patched::Stale => at.is_some() && *stale,
                Patched::Done(_) => at.is_some() && !stale,
            };
            expect(&answer, wanted, step)?;
            if let (Patched::Done(_), Some(row)) = (answer, at.and_then(|at| model.rows.get_mut(at))) {
                let seen = row.session.last_seen;
                row.session = patch.session;
                row.session.last_seen = row.session.last_seen.max(seen);
            }
        }
        Step::Rotate { of, stale } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            let (mut rotate, trail) = rig.rotation_of(&row);
            rotate.expect += u64::from(*stale);
            let at = model.at(rig, row.session.id);
            let answer = wait(sessions.rotate(rotate.clone(), &trail))?;
            let wanted = match &answer {
                Rotated::Gone => at.is_none(),
                Rotated::Stale => at.is_some() && *stale,
                Rotated::Done(_) => at.is_some() && !stale,
                Rotated::Superseded | Rotated::Taken => false,
            };
            expect(&answer, wanted, step)?;
            if let (Rotated::Done(_), Some(at)) = (answer, at) {
                model.remove_old(row.session.id);
                model.rows.splice(at..=at, [rotate.row]);
            }
        }
        Step::Offer { of } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            let offer = rig.offer_to(&row, 2);
            let at = model.at(rig, row.session.id);
            let round = row.session.ticket + 1;
            let is_pending = |(id, standing, of): &&(SessionId, Standing, u32)| {
                *id == row.session.id && *standing == Standing::Pending && *of == round
            };
            let pending = model.old.values().filter(is_pending).count();
            let answer = wait(sessions.offer(offer, &none))?;
            let wanted = match &answer {
                Offered::Gone => at.is_none(),
                Offered::Enough => at.is_some() && pending >= 2,
                Offered::Done(_) => at.is_some() && pending < 2,
                Offered::Taken | Offered::NotCurrent => false,
            };
            expect(&answer, wanted, step)?;
            if let Offered::Done(_) = answer {
                model.old.insert(offer.look_up, (row.session.id, Standing::Pending, round));
            }
        }
        Step::Promote { of, which } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            let session = row.session.id;
            let tickets: Vec<_> =
                model.old.iter().filter(|(_, (of, ..))| *of == session).map(|(t, _)| *t).collect();
            let ticket =
                tickets.get(usize::from(*which) % tickets.len().max(1)).copied().unwrap_or(row.look_up);
            let pending =
                model.old.get(&ticket).filter(|(_, standing, _)| *standing == Standing::Pending).copied();
            let at = model.at(rig, session);
            let answer = wait(sessions.promote(Promote { session, look_up: ticket }, &none))?;
            let wanted = match &answer {
                Promoted::Gone => at.is_none(),
                Promoted::NotPending => at.is_some() && pending.is_none(),
                Promoted::Done(_) => at.is_some() && pending.is_some(),
            };
            expect(&answer, wanted, step)?;
            if let (Promoted::Done(_), Some((_, _, round))) = (answer, pending) {
                let superseded = Standing::Superseded(rig.now());
                model.old.remove(&ticket);
                if round > row.session.ticket {
                    let leftovers = model.old.values_mut().filter(|(of, standing, other)| {
                        *of == session && *standing == Standing::Pending && *other < round
                    });
                    leftovers.for_each(|leftover| leftover.1 = superseded);
                }
                model.old.insert(row.look_up, (session, superseded, row.session.ticket));
                if let Some(row) = at.and_then(|at| model.rows.get_mut(at)) {
                    row.look_up = ticket;
                    row.session.version += 1;
                    if round > row.session.ticket {
                        (row.session.ticket, row.session.rotated) = (round, rig.now());
                    }
                }
            }
        }
        Step::Raise { who, keep } => {
            let who = subject(&format!("user-{who}"))?;
            let expect_generation = model.generation(Some(&who));
            let keep =
                keep.and_then(|of| pick(model, of)).filter(|row| row.session.subject.as_ref() == Some(&who));
            let keep = keep.map(|row| {
                let (mut rotate, _) = rig.rotation_of(&row);
                rotate.row.session.generations.user = expect_generation + 1;
                rotate.row.session.parent = None;
                rotate
            });
            let gone = keep.as_ref().is_some_and(|keep| model.at(rig, keep.row.session.id).is_none());
            let raise = Raise { subject: who.clone(), expect: expect_generation, keep: keep.clone() };
            let trail = rig.raise_trail(&who, expect_generation + 1);
            let answer = wait(sessions.raise(raise, &trail))?;
            expect(&answer, matches!(answer, Raised::Done(..)) != gone, step)?;
            if !gone {
                let kept = keep.as_ref().map(|keep| keep.row.session.id);
                let all = model.rows.iter().filter(|row| row.session.subject.as_ref() == Some(&who));
                let others: Vec<_> = all.map(|row| row.session.id).filter(|id| Some(*id) != kept).collect();
                if let Some(keep) = keep {
                    model.remove_old(keep.row.session.id);
                    let at = model.rows.iter().position(|row| row.session.id == keep.row.session.id);
                    if let Some(at) = at {
                        model.rows.splice(at..=at, [keep.row]);
                    }
                }
                others.into_iter().for_each(|id| model.remove(id));
                model.generations.insert(who, expect_generation + 1);
            }
        }
        Step::Touch { of } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            wait(sessions.touch(vec![Touch { session: row.session.id, since: rig.now(), seen: rig.now() }]))?;
            if let Some(row) = model.at(rig, row.session.id).and_then(|at| model.rows.get_mut(at)) {
                row.session.last_seen = row.session.last_seen.max(rig.now());
            }
        }
        Step::Close { of, only_expired } => {
            let Some(row) = pick(model, *of) else { return Ok(()) };
            let there = model.rows.iter().find(|other| other.session.id == row.session.id);
            let ends = there.is_some_and(|row| !only_expired || row.session.expires() <= rig.now());
            let closing = Closing {
                when: if *only_expired { When::Expired } else { When::Always },
                ..rig.ending(&row.session)
            };
            let answer = wait(sessions.close(vec![closing]))?.1;
            expect(&answer, answer.contains(&row.session.id) == ends, step)?;
            if ends {
                model.remove(row.session.id);
            }
        }
        Step::Pass { minutes } => rig.pass(Span::minutes(i64::from(*minutes))),
    }
    Ok(())
}

/// Every ticket there ever was says what the model says; so does the store's census.
fn compare(rig: &Rig, model: &Model) -> Result<(), Violation> {
    let tickets = model.ever.iter().map(|row| row.look_up).chain(model.old.keys().copied());
    for ticket in tickets.chain(model.rows.iter().map(|row| row.look_up)) {
        let loaded = wait(rig.stores.sessions.load(&ticket))?;
        if let Some(loaded) = &loaded {
            let session = &loaded.row.session;
            let is_offer = |(of, standing, round): &&(SessionId, Standing, u32)| {
                *of == session.id && *standing == Standing::Pending && *round > session.ticket
            };
            let pending = model.old.values().filter(is_offer).count();
            let truth = model.generation(session.subject.as_ref());
            if (loaded.pending as usize, loaded.truth.user) != (pending, truth) {
                let found = (loaded.pending, loaded.truth.user);
                return Err(Violation::of(format!(
                    "pending and generation are {found:?}, not {:?}",
                    (pending, truth)
                )));
            }
        }
        let found = loaded.map(|loaded| (loaded.row, loaded.standing));
        let wanted = model.load(&ticket);
        if found != wanted {
            return Err(Violation::of(format!("a ticket opens {found:#?} where it should open {wanted:#?}")));
        }
    }
    let census = wait(rig.stores.sessions.census())?;
    let total = (census.signed_in + census.anonymous, census.old_tickets);
    if total != (model.rows.len() as u64, model.old.len() as u64) {
        return Err(Violation::of(format!("the census says {census:?} of {} sessions", model.rows.len())));
    }
    Ok(())
}

pub(super) fn agrees_with_the_model(rig: &Rig) -> Verdict {
    let config = Config { cases: SEQUENCES, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |steps| {
        clear(rig).map_err(|violation| TestCaseError::fail(violation.to_string()))?;
        let mut model = Model::default();
        for who in ["user-0", "user-1"] {
            let who = subject(who).map_err(|violation| TestCaseError::fail(violation.to_string()))?;
            let generation = wait(rig.stores.ledger.generations(Some(&who)));
            let generation = generation.map_err(|fault| TestCaseError::fail(fault.to_string()))?;
            model.generations.insert(who, generation.user);
        }
        for step in &steps {
            let taken = take(rig, &mut model, step).and_then(|()| compare(rig, &model));
            taken.map_err(|violation| TestCaseError::fail(format!("after {step:?}: {violation}")))?;
        }
        Ok(())
    });
    result.map(|()| Skipped::No).map_err(|error| Violation::of(error.to_string()))
}

/// Ends everything, so that the next sequence starts from nothing.
fn clear(rig: &Rig) -> Result<(), Violation> {
    rig.pass(Span::days(1));
    loop {
        let expired = wait(rig.stores.sessions.expired(64))?;
        let closing: Vec<_> = expired.rows.iter().map(|row| rig.ending(&row.session)).collect();
        wait(rig.stores.sessions.close(closing))?;
        let census = wait(rig.stores.sessions.census())?;
        if census.signed_in + census.anonymous == 0 {
            return Ok(());
        }
    }
}
