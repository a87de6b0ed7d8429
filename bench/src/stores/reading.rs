//! Checks: of sessions that are known, of those that are not, and the list of a user with a hundred.

use crate::Size;
use crate::world::{ROUNDS, World, per_second};
use cloakroom_authority::session::SignedIn;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, quantile};
use cloakroom_testkit::engine::{Engine, Failure, wait};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const LISTED: u64 = 100;

pub(crate) fn measure(
    size: Size,
    world: &World,
    known: &[SignedIn],
    report: &mut Report,
) -> Result<(), Failure> {
    let each = if size.quick { 4 } else { 100 };
    let take = |place: usize| known.get(place % known.len().max(1)).ok_or("nobody");
    let mut row = |name: &str, note: String, speeds: (f64, f64), mut times: Vec<f64>| {
        report.row(&Row {
            name: format!("{}: {name}", world.name),
            baseline: "the engine's own read of one row",
            value: speeds.0,
            unit: "/s",
            ratio: Some(speeds.0 / speeds.1),
            p50_us: Some(quantile(&mut times, 0.5)),
            p99_us: Some(quantile(&mut times, 0.99)),
            note: format!("baseline {:.0}/s; {note}", speeds.1),
            ..Row::default()
        })
    };
    // An engine that knows nobody, for each round.
    let (times, next) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            let fresh = Engine::on(world.engine.stores.clone(), 1_000_000)?;
            let (speed, mut took) = per_second(each, |_| {
                let ticket = &take(next.fetch_add(1, Relaxed))?.ticket;
                wait(fresh.authority.check(&fresh.presented(ticket)))?;
                Ok(())
            })?;
            times.lock().append(&mut took);
            Ok(speed)
        },
        || Ok(per_second(each, |_| world.raw.read())?.0),
    )?;
    row(
        "check, first sight, 64 callers",
        "a session and what is known of it".to_owned(),
        speeds,
        times.into_inner(),
    )?;
    // Looked at once, and then in memory.
    known.iter().try_for_each(|one| {
        wait(world.engine.authority.check(&world.engine.presented(&one.ticket))).map(drop)
    })?;
    let (times, many) = (Mutex::new(Vec::new()), each * 50);
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            let (speed, mut took) = per_second(many, |_| {
                let ticket = &take(next.fetch_add(1, Relaxed))?.ticket;
                wait(world.engine.authority.check(&world.engine.presented(ticket)))?;
                Ok(())
            })?;
            times.lock().append(&mut took);
            Ok(speed)
        },
        || Ok(per_second(each, |_| world.raw.read())?.0),
    )?;
    row("check, known, 64 callers", "in memory".to_owned(), speeds, times.into_inner())?;
    let anna = "anna".parse().map_err(|_| "no subject")?;
    for _ in 0..LISTED {
        wait(world.engine.sign_in(&anna))?;
    }
    let times = Mutex::new(Vec::new());
    let lists = (each / 20).max(1);
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            let (speed, mut took) = per_second(lists, |_| {
                let found = wait(world.engine.stores.sessions.of_subject(&anna))?.len() as u64;
                if found == LISTED { Ok(()) } else { Err(format!("{found} are listed").into()) }
            })?;
            times.lock().append(&mut took);
            Ok(speed)
        },
        || {
            let (speed, _) = per_second(lists, |_| (0..LISTED).try_for_each(|_| world.raw.read()))?;
            Ok(speed)
        },
    )?;
    row(
        "list of 100, 64 callers",
        "baseline: a hundred reads of one row".to_owned(),
        speeds,
        times.into_inner(),
    )
}
