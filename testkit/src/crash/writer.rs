//! Somebody who signs in, writes, steps up, signs out and revokes, on a few threads, and says of each verb that it is tried, and that it was
//! acknowledged.

use crate::engine::{Engine, Failure, Place, wait};
use cloakroom_model::records::event::{Actor, Origin};
use cloakroom_model::words::id::SessionId;
use cloakroom_rules::audit::tell::By;
use cloakroom_rules::session::close::Why as CloseWhy;
use cloakroom_rules::session::patch::Change;
use cloakroom_rules::session::raise::Why;
use std::io::Write;

const THREADS: u64 = 4;

/// Who hears what is said. Whoever says that it is enough ends it.
pub trait Hears: Sync {
    /// A line.
    fn hear(&self, line: &str) -> Result<(), Failure>;
}

/// One line on the standard output, at once.
struct Output;

impl Hears for Output {
    fn hear(&self, line: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_fmt(format_args!("{line}\n"))?;
        Ok(out.flush()?)
    }
}

/// Writes until it is killed, or the store fails.
pub fn write(place: &Place, cycle: u64) -> Result<(), Failure> {
    let engine = Engine::at(place, 10_000)?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let life = Life { engine: &engine, hears: &Output, of: format!("{cycle}-{thread}") };
                scope.spawn(move || (0..).try_for_each(|number| life.live(number)))
            })
            .collect();
        for thread in threads {
            thread.join().map_err(|_| "a writing thread panicked")??;
        }
        Ok(())
    })
}

/// One who lives one life after the other.
pub struct Life<'a, H> {
    /// What they live on.
    pub engine: &'a Engine,
    /// Who hears of it.
    pub hears: &'a H,
    /// What no other one is called.
    pub of: String,
}

impl<H: Hears> Life<'_, H> {
    fn say(&self, words: core::fmt::Arguments<'_>) -> Result<(), Failure> {
        self.hears.hear(&words.to_string())
    }

    /// Opened, written to, stepped up, and ended in one of three ways, or left.
    pub fn live(&self, number: u64) -> Result<(), Failure> {
        let engine = self.engine;
        let by = By { actor: Actor::System, origin: Origin::default() };
        let subject = format!("user-{}-{number}", self.of).parse().map_err(|_| "a subject that is none")?;
        self.say(format_args!("try open {subject}"))?;
        let mut one = wait(engine.sign_in(&subject))?;
        let id = one.session.id;
        self.say(format_args!("ack open {subject} {id} {}", one.ticket.to_text().expose()))?;
        for value in 1..=number % 3 {
            self.patch(id, value)?;
        }
        if number % 4 == 1 {
            let proof = wait(engine.proof(&subject))?;
            self.say(format_args!("try rotate {id}"))?;
            let own = wait(engine.authority.check(&engine.presented(&one.ticket)))?;
            one = wait(engine.authority.step_up(&own, &proof, engine.client(), engine.origin()))?;
            self.say(format_args!("ack rotate {id} {}", one.ticket.to_text().expose()))?;
        }
        match number % 5 {
            0 => {
                self.say(format_args!("try end {id}"))?;
                wait(engine.authority.end(id, CloseWhy::SignOut, &by))?;
                self.say(format_args!("ack end {id}"))?;
            }
            1 => {
                self.say(format_args!("try all {subject}"))?;
                wait(engine.authority.end_all(&subject, &Why::RevokedByAdmin, &by))?;
                self.say(format_args!("ack all {subject}"))?;
            }
            2 => {
                wait(engine.authority.tend())?;
                wait(engine.authority.sign_heads())?;
            }
            _ => {}
        }
        Ok(())
    }

    fn patch(&self, session: SessionId, value: u64) -> Result<(), Failure> {
        let mut change = Change::default();
        change.set("value", &value)?;
        self.say(format_args!("try patch {session} {value}"))?;
        wait(self.engine.authority.patch(session, &change))?;
        self.say(format_args!("ack patch {session} {value}"))
    }
}
