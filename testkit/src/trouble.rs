//! Trouble while somebody writes: the network, the servers. Nobody is signed out by it, nothing that was taken back is accepted, what was
//! acknowledged is there, and when it is over everything goes on.

use crate::crash::ledger::{Fate, Said, Told};
use crate::crash::verdict;
use crate::crash::writer::{Hears, Life};
use crate::engine::{Engine, Failure, Place, wait};
use cloakroom_model::words::ticket::Ticket;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many write.
const WRITERS: u64 = 4;
/// How often there is trouble.
const ROUNDS: u32 = 2;
/// How long it lasts.
const LASTS: Duration = Duration::from_millis(1_200);
/// When it is over so many verbs are acknowledged within this time.
const RECOVERS: (u64, Duration) = (10, Duration::from_secs(30));
/// What failed is tried again after this time.
const RESTS: Duration = Duration::from_millis(5);
/// So many sessions are looked at again and again.
const LOOKED_AT: usize = 24;

/// What somebody heard who heard everything.
#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Said>,
    wrong: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Hears for Heard {
    fn hear(&self, line: &str) -> Result<(), Failure> {
        if self.is_over.load(Ordering::SeqCst) && line.starts_with("try") {
            return Err("it is over".into());
        }
        self.said.lock().hear(line);
        Ok(())
    }
}

impl Heard {
    fn acknowledged(&self) -> u64 {
        self.said.lock().acknowledged
    }

    fn told(&self, id: &str) -> Option<Told> {
        self.said.lock().sessions.get(id).cloned()
    }

    fn newest(&self) -> Vec<(String, Told)> {
        let said = self.said.lock();
        said.sessions.iter().rev().take(LOOKED_AT).map(|(id, told)| (id.clone(), told.clone())).collect()
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Suffered {
    /// What was not as it must be.
    pub violations: Vec<String>,
    /// How many verbs were acknowledged.
    pub acknowledged: u64,
    /// How many were not.
    pub failed: u64,
}

#[expect(clippy::disallowed_methods, reason = "other processes have no clock of ours")]
fn passes(time: Duration) {
    std::thread::sleep(time);
}

#[expect(clippy::disallowed_methods, reason = "other processes have no clock of ours")]
fn now() -> Instant {
    Instant::now()
}

/// Looks again and again whether those are let in who should be, and nobody else.
fn watch(engine: &Engine, heard: &Heard) {
    while !heard.is_over.load(Ordering::SeqCst) {
        for (id, told) in heard.newest() {
            let Some(ticket) = told.tickets.last().and_then(|text| Ticket::parse(text).ok()) else {
                continue;
            };
            let (is_in, is_out) = match wait(engine.authority.check(&engine.presented(&ticket))) {
                Ok(_) => (true, false),
                Err(denied) => (false, denied.refusal().is_some()),
            };
            if is_in && told.fate == Fate::Ended {
                heard.wrong.lock().push(format!("{id}: it was taken back, and is accepted"));
            }
            // Its end may have been tried since.
            let is_the_same = heard.told(&id).is_some_and(|since| {
                since.fate == Fate::Live && !since.rotating && since.tickets == told.tickets
            });
            if is_out && is_the_same {
                heard.wrong.lock().push(format!("{id}: nobody took it back, and it is refused"));
            }
        }
        passes(RESTS);
    }
}

/// Has people write to a store, and makes trouble (`true`) and ends it (`false`), again and again. In the end it is looked at how it is, from
/// another place where there is none.
pub fn suffer(
    place: &Place,
    from: &Place,
    mut trouble: impl FnMut(bool) -> Result<(), Failure>,
) -> Result<Suffered, Failure> {
    let (engine, heard) = (Engine::at(place, 10_000)?, Heard::default());
    let mut suffered = Suffered::default();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let life = Life { engine: &engine, hears: &heard, of: format!("of-{writer}") };
            let heard = &heard;
            scope.spawn(move || {
                for number in 0.. {
                    if heard.is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    if life.live(number).is_err() {
                        passes(RESTS);
                    }
                }
            });
        }
        scope.spawn(|| watch(&engine, &heard));
        let mut make = || -> Result<(), Failure> {
            for round in 0..ROUNDS {
                passes(LASTS / 4);
                trouble(true)?;
                passes(LASTS);
                trouble(false)?;
                let (before, ended, (more, within)) = (heard.acknowledged(), now(), RECOVERS);
                while heard.acknowledged() < before + more {
                    if ended.elapsed() > within {
                        heard.wrong.lock().push(format!("round {round}: it does not go on"));
                        return Ok(());
                    }
                    passes(RESTS);
                }
            }
            Ok(())
        };
        let made = make();
        heard.is_over.store(true, Ordering::SeqCst);
        made
    })?;
    drop(engine);
    let mut said = heard.said.into_inner();
    suffered.violations = heard.wrong.into_inner();
    suffered.violations.extend(verdict::of(&Engine::at(from, 10_000)?, &mut said)?);
    (suffered.acknowledged, suffered.failed) = (said.acknowledged, said.under_way);
    Ok(suffered)
}
