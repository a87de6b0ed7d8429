//! The process that is killed: a few threads that sign in, write, step up, sign out and revoke.

use crate::engine::{Engine, Failure, wait};
use cloakroom_model::records::event::Origin;
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::Change;
use cloakroom_rules::session::raise::Why;
use std::io::Write;
use std::path::Path;

const THREADS: u64 = 4;

/// One line, at once.
fn say(words: core::fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_fmt(format_args!("{words}\n"))?;
    out.flush()?;
    Ok(())
}

/// Writes until it is killed.
pub fn write(database: &Path, cycle: u64) -> Result<(), Failure> {
    let engine = Engine::open(database, 10_000)?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let engine = &engine;
                scope.spawn(move || live(engine, cycle, thread))
            })
            .collect();
        for thread in threads {
            thread.join().map_err(|_| "a writing thread panicked")??;
        }
        Ok(())
    })
}

/// One life after the other: opened, written to, stepped up, and ended in one of three ways, or left.
fn live(engine: &Engine, cycle: u64, thread: u64) -> Result<(), Failure> {
    let by = By { actor: cloakroom_model::records::event::Actor::System, origin: Origin::default() };
    for number in 0.. {
        let subject =
            format!("user-{cycle}-{thread}-{number}").parse().map_err(|_| "a subject that is none")?;
        say(format_args!("try open {subject}"))?;
        let mut one = wait(engine.sign_in(&subject))?;
        let id = one.session.id;
        say(format_args!("ack open {subject} {id} {}", one.ticket.to_text().expose()))?;
        for value in 1..=number % 3 {
            patch(engine, id, value)?;
        }
        if number % 4 == 1 {
            let proof = wait(engine.proof(&subject))?;
            say(format_args!("try rotate {id}"))?;
            let own = wait(engine.authority.check(&engine.presented(&one.ticket)))?;
            one = wait(engine.authority.step_up(&own, &proof, engine.client(), engine.origin()))?;
            say(format_args!("ack rotate {id} {}", one.ticket.to_text().expose()))?;
        }
        match number % 5 {
            0 => {
                say(format_args!("try end {id}"))?;
                wait(engine.authority.end(id, CloseWhy::SignOut, &by))?;
                say(format_args!("ack end {id}"))?;
            }
            1 => {
                say(format_args!("try all {subject}"))?;
                wait(engine.authority.end_all(&subject, &Why::RevokedByAdmin, &by))?;
                say(format_args!("ack all {subject}"))?;
            }
            2 => {
                wait(engine.authority.tend())?;
                wait(engine.authority.sign_heads())?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn patch(engine: &Engine, session: SessionId, value: u64) -> Result<(), Failure> {
    let mut change = Change::default();
    change.set("value", &value)?;
    say(format_args!("try patch {session} {value}"))?;
    wait(engine.authority.patch(session, &change))?;
    say(format_args!("ack patch {session} {value}"))
}
