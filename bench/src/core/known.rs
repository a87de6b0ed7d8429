//! The check of a session seen before, by how many are known; beside a hand-written map behind one lock that is
//! looked up by a hash of the ticket, without any check at all.

use super::Size;
use super::synthetic::{Desk, session, ticket};
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, resident_kb, timed};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_model::records::session::Session;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_testkit::engine::Failure;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;

const SAMPLE: u64 = 100_000;
const ROUNDS: usize = 7;

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let counts: &[u64] = if size.quick { &[1_000, 1_000_000] } else { &[1_000, 1_000_000, 10_000_000] };
    report.heading()?;
    // A process of its own for each, so that the memory of one is not the memory another gave back.
    for count in counts {
        let mut child = Command::new(std::env::current_exe()?);
        child.args(["--known", &count.to_string()]);
        if report.is_json() {
            child.arg("--json");
        }
        if !child.status()?.success() {
            return Err("a measuring process failed".into());
        }
    }
    Ok(())
}

pub(crate) fn one(count: u64, report: &mut Report) -> Result<(), Failure> {
    // Spread over all of them, in no order that a cache could guess.
    let sample: Vec<Ticket> =
        (0..SAMPLE).map(|n| ticket(n.wrapping_mul(2_654_435_761) % count)).collect::<Result<_, _>>()?;

    let before = resident_kb();
    let desk = Desk::open(count as usize * 2)?;
    for number in 0..count {
        desk.learn(&ticket(number)?)?;
    }
    let grown = resident_kb().saturating_sub(before);
    if desk.authority.known_sessions() as u64 != count {
        return Err(format!("{} of {count} are known", desk.authority.known_sessions()).into());
    }

    let by_hand = by_hand(count.min(1_000_000))?;
    let own: Vec<Ticket> = (0..SAMPLE)
        .map(|n| ticket(n.wrapping_mul(2_654_435_761) % count.min(1_000_000)))
        .collect::<Result<_, _>>()?;
    let each = |time: std::time::Duration| time.as_secs_f64() * 1e9 / SAMPLE as f64;
    let (ours, baseline) = in_turn::<Failure>(
        ROUNDS,
        || {
            let (good, time) = timed(|| sample.iter().filter(|ticket| desk.knows(ticket)).count());
            if good as u64 == SAMPLE { Ok(each(time)) } else { Err("a known session was not known".into()) }
        },
        || {
            let (good, time) = timed(|| {
                let found =
                    |ticket: &&Ticket| black_box(by_hand.read().get(ticket.expose()).cloned()).is_some();
                own.iter().filter(found).count()
            });
            if good as u64 == SAMPLE { Ok(each(time)) } else { Err("the map lost a session".into()) }
        },
    )?;
    report.row(&Row {
        name: format!("check, known, {count} sessions"),
        baseline: "hand-written map (at most 1 M), no checks",
        value: ours,
        unit: "ns",
        ratio: Some(ours / baseline),
        note: format!("baseline {baseline:.0} ns"),
        ..Row::default()
    })?;
    if count >= 1_000_000 {
        report.row(&Row {
            name: format!("memory of a known session, {count} sessions"),
            baseline: "100 B of data",
            value: grown as f64 * 1024.0 / count as f64,
            unit: "B",
            rss_kb: Some(grown),
            ..Row::default()
        })?;
    }
    Ok(())
}

type ByHand = RwLock<HashMap<[u8; 32], Arc<Session>>>;

fn by_hand(count: u64) -> Result<ByHand, Failure> {
    let like = Arc::new(session(SystemClock.now())?);
    let entry = |number| Ok::<_, Failure>((*ticket(number)?.expose(), Arc::new((*like).clone())));
    Ok(RwLock::new((0..count).map(entry).collect::<Result<_, _>>()?))
}
