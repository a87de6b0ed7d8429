//! Sign-ins, changes and renewals of the time of last use, from many callers at once.

use crate::Size;
use crate::world::{ROUNDS, World, per_second};
use cloakroom_authority::session::SignedIn;
use cloakroom_bench::bare::{OPEN, PATCH, Rows};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, quantile};
use cloakroom_rules::session::patch::Change;
use cloakroom_testkit::engine::{Failure, wait};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// One thing beside its rows, in turn.
pub(crate) fn beside(
    world: &World,
    report: &mut Report,
    (name, note): (&str, &str),
    (each, rows): (u64, Rows),
    act: impl Fn(u64) -> Result<(), Failure> + Sync,
) -> Result<(), Failure> {
    let times = Mutex::new(Vec::new());
    let speeds = in_turn::<Failure>(
        ROUNDS,
        || {
            let (speed, mut took) = per_second(each, &act)?;
            times.lock().append(&mut took);
            Ok(speed)
        },
        || Ok(per_second(each, |_| world.raw.write(rows))?.0),
    )?;
    let mut times = times.into_inner();
    report.row(&Row {
        name: format!("{}: {name}", world.name),
        baseline: world.baseline,
        value: speeds.0,
        unit: "/s",
        ratio: Some(speeds.0 / speeds.1),
        p50_us: Some(quantile(&mut times, 0.5)),
        p99_us: Some(quantile(&mut times, 0.99)),
        note: format!("baseline {:.0}/s; {note}", speeds.1),
        ..Row::default()
    })
}

/// Answers who is signed in.
pub(crate) fn measure(size: Size, world: &World, report: &mut Report) -> Result<Vec<SignedIn>, Failure> {
    let each = if size.quick { 4 } else { 40 };
    let (engine, count, opened) = (&world.engine, AtomicU64::new(0), Mutex::new(Vec::new()));
    beside(world, report, ("sign-in, 64 callers", "a session, two events"), (each, OPEN), |_| {
        let subject = format!("u-{}", count.fetch_add(1, Relaxed)).parse().map_err(|_| "no subject")?;
        opened.lock().push(wait(engine.sign_in(&subject))?);
        Ok(())
    })?;
    let opened = opened.into_inner();
    beside(world, report, ("patch, 64 callers", "a session"), (each, PATCH), |number| {
        let mut change = Change::default();
        change.set("n", &count.fetch_add(1, Relaxed))?;
        let signed_in = opened.get(number as usize % opened.len().max(1)).ok_or("nobody")?;
        wait(engine.authority.patch(signed_in.session.id, &change))?;
        Ok(())
    })?;
    Ok(opened)
}
