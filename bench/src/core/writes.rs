//! Durable verbs per second on SQLite from 64 callers; beside the same rows written by a bare group commit.

use super::Size;
use cloakroom_bench::bare::{self, Bare};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, quantile, timed};
use cloakroom_model::records::event::Origin;
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why;
use cloakroom_rules::session::patch::Change;
use cloakroom_testkit::engine::{Engine, Failure, wait};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tempfile::TempDir;

const CALLERS: u64 = 64;
const ROUNDS: usize = 5;

/// Runs a verb from many callers at once. Answers verbs per second.
fn per_second(
    each: u64,
    times: &Mutex<Vec<f64>>,
    verb: impl Fn(u64, u64) -> Result<(), Failure> + Sync,
) -> Result<f64, Failure> {
    let verb = &verb;
    let (done, time) = timed(|| {
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    scope.spawn(move || {
                        let mut own = Vec::new();
                        for number in 0..each {
                            let (done, time) = timed(|| verb(caller, number));
                            done?;
                            own.push(time.as_secs_f64() * 1e6);
                        }
                        times.lock().append(&mut own);
                        Ok::<_, Failure>(())
                    })
                })
                .collect();
            callers.into_iter().try_for_each(|caller| caller.join().map_err(|_| "a caller panicked")?)
        })
    });
    done?;
    Ok((CALLERS * each) as f64 / time.as_secs_f64())
}

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let each = if size.quick { 20 } else { 150 };
    let folder = TempDir::new()?;
    let engine = Engine::open(&folder.path().join("ours.db"), 100_000)?;
    let bare = Bare::open(&folder.path().join("bare.db"), 0)?;
    let run = AtomicU64::new(0);
    let opened = Mutex::new(Vec::<SessionId>::new());
    let (ours, unheard) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));

    let mut row = |name: &str, note: &str, speeds: (f64, f64)| {
        let mut times = core::mem::take(&mut *ours.lock());
        report.row(&Row {
            name: name.to_owned(),
            baseline: "the same rows by a bare group commit, synchronous=FULL",
            value: speeds.0,
            unit: "/s",
            ratio: Some(speeds.0 / speeds.1),
            p50_us: Some(quantile(&mut times, 0.5)),
            p99_us: Some(quantile(&mut times, 0.99)),
            note: format!("baseline {:.0}/s; {note}", speeds.1),
            ..Row::default()
        })
    };
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            let round = run.fetch_add(1, Relaxed);
            per_second(each, &ours, |caller, number| {
                let subject =
                    format!("u-{round}-{caller}-{number}").parse().map_err(|_| "a subject that is none")?;
                let one = wait(engine.sign_in(&subject))?;
                opened.lock().push(one.session.id);
                Ok(())
            })
        },
        || per_second(each, &unheard, |_, _| bare.write(bare::OPEN)),
    )?;
    row("sign-in (open), 64 callers", "a session, two events", speeds)?;

    let ids = core::mem::take(&mut *opened.lock());
    let id_of =
        |caller: u64, number: u64| ids.get((caller * each + number) as usize % ids.len().max(1)).copied();
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            per_second(each, &ours, |caller, number| {
                let mut change = Change::default();
                change.set("n", &run.fetch_add(1, Relaxed))?;
                wait(engine.authority.patch(id_of(caller, number).ok_or("no session")?, &change))?;
                Ok(())
            })
        },
        || per_second(each, &unheard, |_, _| bare.write(bare::PATCH)),
    )?;
    row("patch, 64 callers", "one session row", speeds)?;

    let left = Mutex::new(ids.clone());
    let by = By { actor: cloakroom_model::records::event::Actor::System, origin: Origin::default() };
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            per_second(each, &ours, |_, _| {
                let id = left.lock().pop().ok_or("no session left")?;
                wait(engine.authority.end(id, Why::SignOut, &by))?;
                Ok(())
            })
        },
        || per_second(each, &unheard, |_, _| bare.write(bare::CLOSE)),
    )?;
    row("sign-out (close), 64 callers", "a session, a fact, an event", speeds)
}
