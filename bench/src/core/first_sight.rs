//! The check of a session that is not known yet, on SQLite; beside a prepared read of one row of the same table.

use super::Size;
use cloakroom_bench::report::{Report, Row};
use cloakroom_bench::timing::{in_turn, timed};
use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_testkit::engine::{Engine, Failure, ring, wait};
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

const ROUNDS: usize = 9;

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let (folder, count) = (TempDir::new()?, if size.quick { 2_000 } else { 20_000 });
    let database = folder.path().join("store.db");
    let first = Engine::open(&database, 1_000_000)?;
    let tickets = open_many(&first, count)?;
    let point = Connection::open_with_flags(&database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let ring: KeyRing = ring()?;
    let each = |time: std::time::Duration| time.as_secs_f64() * 1e6 / count as f64;
    let (ours, baseline) = in_turn::<Failure>(
        ROUNDS,
        || {
            // A new engine on the same store knows nobody yet.
            let engine = Engine::on(first.stores.clone(), 1_000_000)?;
            let (good, time) = timed(|| {
                // One task looks at all of them: making tasks is not what is measured.
                wait(async {
                    let mut good = 0;
                    for ticket in &tickets {
                        let checked = engine.authority.check(&engine.presented(ticket)).await;
                        good += usize::from(checked.is_ok());
                    }
                    good
                })
            });
            if good == tickets.len() { Ok(each(time)) } else { Err("a session was not found".into()) }
        },
        || {
            let mut statement =
                point.prepare("SELECT record, last_seen FROM ck_session WHERE look_up = ?1")?;
            let (read, time) = timed(|| {
                let mut read = |ticket: &&Ticket| {
                    let look_up = ring.look_up(1, ticket).map(|look_up| look_up.0).unwrap_or_default();
                    let row = statement.query_row([look_up.as_slice()], |row| row.get::<_, Vec<u8>>(0));
                    row.is_ok()
                };
                tickets.iter().filter(|ticket| read(ticket)).count()
            });
            if read == tickets.len() { Ok(each(time)) } else { Err("a row was not found".into()) }
        },
    )?;
    report.row(&Row {
        name: "check, first sight, SQLite".to_owned(),
        baseline: "HMAC and prepared point read of the same row",
        value: ours,
        unit: "us",
        ratio: Some(ours / baseline),
        note: format!("baseline {baseline:.1} us, {count} sessions"),
        ..Row::default()
    })
}

fn open_many(engine: &Engine, count: usize) -> Result<Vec<Ticket>, Failure> {
    const LANES: usize = 32;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                scope.spawn(move || {
                    (lane..count)
                        .step_by(LANES)
                        .map(|number| {
                            let subject =
                                format!("user-{number}").parse().map_err(|_| "a subject that is none")?;
                            Ok::<_, Failure>(wait(engine.sign_in(&subject))?.ticket)
                        })
                        .collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        let mut tickets = Vec::new();
        for lane in lanes {
            tickets.extend(lane.join().map_err(|_| "a thread panicked")??);
        }
        Ok(tickets)
    })
}
