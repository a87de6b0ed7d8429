//! How long a sweep holds anything up, one step at a time.

use super::Size;
use super::synthetic::session;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{micros, quantile, timed};
use cloakroom_model::ports::Clock;
use cloakroom_model::ports::doubles::ManualClock;
use cloakroom_model::records::session::Row as SessionRow;
use cloakroom_model::records::trail::Trail;
use cloakroom_model::words::digest::{Digest, LookUp};
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::time::{Span, Time};
use cloakroom_store::memory::{Limits, MemoryStore};
use cloakroom_store::sessions::{Closing, Open, Touch, When};
use cloakroom_store::stores::Stores;
use cloakroom_store_sqlite::Options;
use cloakroom_testkit::engine::{Failure, wait};
use std::sync::Arc;
use tempfile::TempDir;

const STEP: usize = 8;

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let (in_memory, on_disk) = if size.quick { (200_000, 5_000) } else { (1_000_000, 50_000) };
    let clock = ManualClock::default();
    let stores = MemoryStore::open(Arc::new(clock.clone()), Limits::default()).into_stores();
    sweep("sweep step, memory", &stores, &clock, in_memory, report)?;
    let (folder, clock) = (TempDir::new()?, ManualClock::default());
    let store = Options::at(folder.path().join("store.db")).clock(Arc::new(clock.clone())).open()?;
    sweep("sweep step, SQLite", &store.into_stores(), &clock, on_disk, report)
}

fn sweep(
    name: &str,
    stores: &Stores,
    clock: &ManualClock,
    count: u64,
    report: &mut Report,
) -> Result<(), Failure> {
    let like = session(clock.now())?;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..32u64)
            .map(|lane| {
                let like = &like;
                scope.spawn(move || {
                    for number in (lane..count).step_by(32) {
                        let digest = Digest::of(&[&number.to_be_bytes()]).0;
                        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
                        let mut session = like.clone();
                        session.id = SessionId::from_bytes(id);
                        session.subject = format!("user-{number}").parse().ok();
                        // They run out one after the other, over an hour.
                        session.idle = Span::millis(3_600_000 + (number * 3_600_000 / count) as i64);
                        let row = SessionRow { look_up: LookUp(digest), kid: 1, session };
                        wait(stores.sessions.open(
                            Open { row, at_most: None, closing: Vec::new(), family: None },
                            &Trail::none(),
                        ))?;
                    }
                    Ok::<_, Failure>(())
                })
            })
            .collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| "a thread panicked")?)
    })?;
    clock.advance(Span::hours(2));
    let (mut lists, mut closes, mut ones, mut swept) = (Vec::new(), Vec::new(), Vec::new(), 0);
    // Beside each step the smallest thing the store can write: what a commit costs on this disk at this moment.
    let mut smallest = like.clone();
    smallest.absolute = Time::MAX;
    smallest.idle = Span::hours(1_000);
    let row = SessionRow { look_up: LookUp([7; 32]), kid: 1, session: smallest };
    let (session, since) = (row.session.id, clock.now());
    wait(
        stores.sessions.open(Open { row, at_most: None, closing: Vec::new(), family: None }, &Trail::none()),
    )?;
    while swept < count {
        clock.advance(Span::millis(1));
        let touch = Touch { session, since, seen: clock.now() };
        let (one, writing) = timed(|| wait(stores.sessions.touch(vec![touch])));
        one?;
        ones.push(micros(writing));
        let (rows, listing) = timed(|| wait(stores.sessions.expired(STEP)));
        let ending =
            |row: &SessionRow| Closing { session: row.session.id, when: When::Expired, trail: Trail::none() };
        let closing: Vec<_> = rows?.rows.iter().map(ending).collect();
        let (closed, removing) = timed(|| wait(stores.sessions.close(closing)));
        swept += closed?.1.len() as u64;
        lists.push(micros(listing));
        closes.push(micros(removing));
    }
    let (list_most, close_most) = (quantile(&mut lists, 1.0), quantile(&mut closes, 1.0));
    report.row(&Row {
        name: format!("{name}, {count} sessions"),
                baseline: "one touch, committed by itself",
                ratio: Some(quantile(&mut closes, 0.99) / quantile(&mut ones, 0.99)),
        value: (list_most.max(close_most)) / 1_000.0,
        unit: "ms, worst",
        p50_us: Some(quantile(&mut closes, 0.5)),
        p99_us: Some(quantile(&mut closes, 0.99)),
        note: format!(
                        "{STEP} sessions a step; listing p99 {:.0} us, worst {list_most:.0} us; removing worst {close_most:.0} us; \
             baseline p50 {:.0} us, p99 {:.0} us, worst {:.0} us",
            quantile(&mut lists, 0.99),
            quantile(&mut ones, 0.5),
            quantile(&mut ones, 0.99),
            quantile(&mut ones, 1.0)
        ),
        ..Row::default()
    })
}
