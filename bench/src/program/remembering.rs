//! What somebody who is signed in weighs in the program, once they were seen.

use super::Size;
use super::passing::CALLERS;
use super::running::{AUTH, Running, folder, people};
use super::talk::Connection;
use cloakroom_authority::root_key::of_file;
use cloakroom_bench::report::{Report, Row};
use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_model::words::ticket::Ticket;
use cloakroom_store_sqlite::Options;
use cloakroom_testkit::engine::{Engine, Failure, wait};
use std::path::Path;

/// So many are signed in at once while the store is filled: they share commits.
const LANES: usize = 32;

/// Signs many in, on the store of a program that does not run.
fn sign_in(database: &Path, count: usize) -> Result<Vec<Ticket>, Failure> {
    let key = of_file(&database.with_extension("db.key"), &SystemEntropy::open()?)?;
    let stores = Options::at(database).open()?.into_stores();
    let engine = Engine::under(key, AUTH, stores, 1_000)?;
    let engine = &engine;
    let lane = |lane: usize| {
        let numbers = (lane..count).step_by(LANES);
        let one = |number| {
            let subject = format!("user-{number}").parse().map_err(|_| "a subject that is none")?;
            Ok::<_, Failure>(wait(engine.sign_in(&subject))?.ticket)
        };
        numbers.map(one).collect::<Result<Vec<_>, _>>()
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES).map(|number| scope.spawn(move || lane(number))).collect();
        let mut all = Vec::with_capacity(count);
        for lane in lanes {
            all.extend(lane.join().map_err(|_| "a thread panicked")??);
        }
        Ok(all)
    })
}

/// Each comes once.
fn come(running: &Running, tickets: &[Ticket]) -> Result<(), Failure> {
    let part = |part: &[Ticket]| {
        let mut connection = Connection::open(running.public)?;
        for ticket in part {
            let request = format!(
                "GET /login HTTP/1.1\r\nHost: {AUTH}\r\nCookie: cloakroom_dev_8080={}\r\n\r\n",
                ticket.to_text().expose()
            );
            // Who is signed in is sent on.
            if connection.ask(&request)?.status != 303 {
                return Err("somebody who is signed in was not known".into());
            }
        }
        Ok::<_, Failure>(())
    };
    std::thread::scope(|scope| {
        let parts = tickets.chunks(tickets.len().div_ceil(CALLERS).max(1));
        let callers: Vec<_> = parts.map(|one| scope.spawn(move || part(one))).collect();
        callers.into_iter().try_for_each(|caller| caller.join().map_err(|_| "a caller panicked")?)
    })
}

pub(crate) fn measure(size: Size, report: &mut Report) -> Result<(), Failure> {
    let count = if size.quick { 20_000 } else { 1_000_000 };
    let folder = folder(([127, 0, 0, 1], 1).into())?;
    people(&folder, 1)?;
    let database = folder.path().join("data/cloakroom.db");
    let tickets = sign_in(&database, count)?;
    let running = Running::serve(&folder)?;
    come(&running, tickets.get(..1).unwrap_or_default())?;
    let before = running.resident_kb()? as f64 * 1_024.0;
    come(&running, &tickets)?;
    let after = running.resident_kb()? as f64 * 1_024.0;
    report.row(&Row {
        name: format!("memory of {count} who are signed in"),
        baseline: "none",
        value: (after - before) / count as f64,
        unit: "B each",
        note: format!(
            "{:.0} MB in all, {:.0} MB before; each was seen once; {:.0} MB on the disk",
            after / 1e6,
            before / 1e6,
            std::fs::metadata(&database)?.len() as f64 / 1e6
        ),
        ..Row::default()
    })
}
