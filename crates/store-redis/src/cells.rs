//! Cells: a hash each.

use crate::error::Failed;
use crate::look::since;
use crate::records::{opened, sealed};
use crate::store::RedisStore;
use async_trait::async_trait;
use cloakroom_model::words::time::Time;
use cloakroom_store::cells::{Applied, Cell, CellChange, CellKey, Cells, Placing, Shelf};
use cloakroom_store::fault::{Answer, Fault, FaultKind};
use cloakroom_store::ledger::Intent;
use futures_util::future::try_join_all;
use redis::{Cmd, ErrorKind, FromRedisValue, Script, ServerErrorKind};

/// What is read of a cell.
type Found = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

const fn shelf(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::SignedIn => "x:signed-in",
        Shelf::Anonymous => "x:anonymous",
        Shelf::OldTickets => "x:old-tickets",
    }
}

/// Where it is noted which claims there are.
const CLAIMS: &str = "x:claims";

/// A claim as it is noted.
fn note(change: Intent, key: &CellKey) -> Vec<u8> {
    [&change.0[..], &key.to_bytes()].concat()
}

impl RedisStore {
    fn key_of_cell(&self, key: &CellKey) -> Vec<u8> {
        let base64 = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        self.links.key(&match key {
            CellKey::Ticket(look_up) => format!("s:{}", base64(&look_up.0)),
            CellKey::Session(session) => format!("i:{session}"),
            CellKey::Family(family) => format!("f:{family}"),
            CellKey::Subject(subject) => format!("u:{subject}"),
        })
    }

    /// The claims of a change, noted or not any more.
    fn noted<'a>(&self, command: &str, change: Intent, keys: impl Iterator<Item = &'a CellKey>) -> Cmd {
        let mut noted = redis::cmd(command);
        noted.arg(self.links.key(CLAIMS));
        let now = self.clock.now().millis();
        for key in keys {
            if command == "ZADD" {
                noted.arg(now);
            }
            noted.arg(note(change, key));
        }
        noted
    }

    /// What is in a cell by what was read of it. Whatever is no record of ours is broken.
    fn cell(&self, key: &[u8], (revision, value, claim): Found) -> Cell {
        let claim = claim.map(|claim| claim.try_into().map(Intent));
        let of_a_claim = claim.is_none() || matches!(claim, Some(Ok(_)));
        let claim = claim.and_then(Result::ok);
        match (revision, value) {
            (None, None) if of_a_claim => Cell { claim, ..Cell::default() },
            (Some(revision), Some(value)) if of_a_claim => {
                let revision = revision.try_into().map(Intent).ok();
                let value = revision.and_then(|revision| opened(&*self.mac, key, revision, &value));
                Cell { is_broken: value.is_none(), revision, value, claim }
            }
            _ => Cell { is_broken: true, ..Cell::default() },
        }
    }

    /// What is under keys; none for one that has another kind of value.
    async fn read_raw(&self, keys: &[Vec<u8>]) -> Answer<Vec<Option<Found>>> {
        let read = |key: &Vec<u8>| {
            let mut command = redis::cmd("HMGET");
            command.arg(key).arg(&["r", "v", "c"]);
            command
        };
        let commands: Vec<Cmd> = keys.iter().map(read).collect();
        let answers = self.links.together(&commands).await.map_err(Failed::fault)?;
        let found = answers.into_iter().map(|answer| {
            match answer.and_then(|answer| Ok(Found::from_redis_value(answer)?)) {
                Ok(found) => Ok(Some(found)),
                Err(error) => {
                    let failed = Failed::from(error);
                    if failed.is_another_kind() { Ok(None) } else { Err(failed.fault()) }
                }
            }
        });
        found.collect()
    }

    /// One script on each key, and what is noted before or after it, all at once.
    async fn on_each<'a>(
        &self,
        script: &Script,
        keys: impl Iterator<Item = (&'a CellKey, Vec<Vec<u8>>)>,
        (before, after): (Option<Cmd>, Option<Cmd>),
    ) -> Answer<Vec<u8>> {
        let runs: Vec<(Vec<u8>, Vec<Vec<u8>>)> =
            keys.map(|(key, args)| (self.key_of_cell(key), args)).collect();
        let run = |(key, args): &(Vec<u8>, Vec<Vec<u8>>)| {
            let mut command = redis::cmd("EVALSHA");
            command.arg(script.get_hash()).arg(1).arg(key).arg(args);
            command
        };
        let first = usize::from(before.is_some());
        let of_runs = first..first + runs.len();
        let commands: Vec<Cmd> = before.into_iter().chain(runs.iter().map(run)).chain(after).collect();
        let answers = self.links.together(&commands).await.map_err(Failed::fault)?;
        let mut done = Vec::with_capacity(runs.len());
        for (place, answer) in answers.into_iter().enumerate() {
            match answer.and_then(|answer| Ok(i64::from_redis_value(answer)?)) {
                Ok(answer) if of_runs.contains(&place) => done.push(u8::try_from(answer).unwrap_or_default()),
                Ok(_) => {}
                // The server does not know the script (yet, or any more).
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    return self.one_by_one(script, &runs).await;
                }
                Err(error) => return Err(Failed::from(error).fault()),
            }
        }
        Ok(done)
    }

    /// The same where servers have to be taught the script.
    async fn one_by_one(&self, script: &Script, runs: &[(Vec<u8>, Vec<Vec<u8>>)]) -> Answer<Vec<u8>> {
        let runs = runs.iter().map(|(key, args)| {
            let mut run = script.prepare_invoke();
            run.key(key);
            args.iter().for_each(|arg| {
                run.arg(arg);
            });
            async move {
                let run = &run;
                self.links.ask(|mut connection| async move { run.invoke_async(&mut connection).await }).await
            }
        });
        try_join_all(runs).await.map_err(Failed::fault)
    }

    /// What a change is, for a script.
    fn args(&self, change: Intent, to: &CellChange) -> Answer<Vec<Vec<u8>>> {
        let keep = to.keep.as_millis().max(1).to_string().into_bytes();
        let from = to.from.map(|from| from.0.to_vec()).unwrap_or_default();
        let mut args = vec![change.0.to_vec(), from, keep];
        if let Some(value) = &to.to {
            let key = self.key_of_cell(&to.key);
            let sealed = sealed(&*self.mac, &key, change, value);
            args.push(sealed.ok_or_else(|| Fault::of(FaultKind::Unavailable))?);
        }
        Ok(args)
    }
}

#[async_trait]
impl Cells for RedisStore {
    async fn read(&self, keys: &[CellKey]) -> Answer<Vec<Cell>> {
        let places: Vec<Vec<u8>> = keys.iter().map(|key| self.key_of_cell(key)).collect();
        let found = self.read_raw(&places).await?;
        let broken = || Cell { is_broken: true, ..Cell::default() };
        let cells = places.iter().zip(found);
        Ok(cells.map(|(place, found)| found.map_or_else(broken, |found| self.cell(place, found))).collect())
    }

    async fn discard(&self, key: &CellKey) -> Answer<()> {
        let place = self.key_of_cell(key);
        let found = self.read_raw(core::slice::from_ref(&place)).await?.pop().flatten();
        let (revision, value, claim) = found.unwrap_or_default();
        if !self.cell(&place, (revision.clone(), value.clone(), claim)).is_broken && revision.is_some() {
            return Ok(());
        }
        let args = [revision, value].map(Option::unwrap_or_default).to_vec();
        self.on_each(&self.links.scripts().discard, core::iter::once((key, args)), (None, None))
            .await
            .map(drop)
    }

    async fn claim(&self, change: Intent, changes: &[CellChange]) -> Answer<bool> {
        let args: Result<Vec<_>, Fault> =
            changes.iter().map(|to| Ok((&to.key, self.args(change, to)?))).collect();
        // Noted first: a claim that nobody knows of stays for as long as its cell does.
        let noted = self.noted("ZADD", change, changes.iter().map(|to| &to.key));
        let claimed =
            self.on_each(&self.links.scripts().claim, args?.into_iter(), (Some(noted), None)).await?;
        Ok(claimed.iter().all(|claimed| *claimed == 1))
    }

    async fn apply(&self, change: Intent, keys: &[CellKey]) -> Answer<Vec<Applied>> {
        let args = keys.iter().map(|key| (key, vec![change.0.to_vec()]));
        let noted = self.noted("ZREM", change, keys.iter());
        let applied = self.on_each(&self.links.scripts().apply, args, (None, Some(noted))).await?;
        let applied = applied.into_iter().map(|applied| match applied {
            1 => Applied::Done,
            2 => Applied::Nothing,
            _ => Applied::Other,
        });
        Ok(applied.collect())
    }

    async fn release(&self, change: Intent, keys: &[CellKey]) -> Answer<()> {
        let args = keys.iter().map(|key| (key, vec![change.0.to_vec()]));
        let noted = self.noted("ZREM", change, keys.iter());
        self.on_each(&self.links.scripts().release, args, (None, Some(noted))).await.map(drop)
    }

    async fn swap(&self, change: Intent, to: &CellChange) -> Answer<bool> {
        let args = self.args(change, to)?;
        let swapped =
            self.on_each(&self.links.scripts().swap, core::iter::once((&to.key, args)), (None, None)).await?;
        Ok(swapped.first() == Some(&1))
    }

    async fn abandoned(&self, before: Time, at_most: usize) -> Answer<Vec<(Intent, CellKey)>> {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(self.links.key(CLAIMS)).arg("-inf").arg(format!("({}", before.millis()));
        command.arg("LIMIT").arg(0).arg(at_most);
        let notes: Vec<Vec<u8>> = self.links.command(&command).await.map_err(Failed::fault)?;
        let read = |note: &Vec<u8>| {
            let (change, key) = note.split_first_chunk::<16>()?;
            Some((Intent(*change), CellKey::from_bytes(key).ok()?))
        };
        let (read, unread): (Vec<_>, Vec<_>) =
            notes.iter().map(|note| (note, read(note))).partition(|(_, read)| read.is_some());
        if !unread.is_empty() {
            let mut forget = redis::cmd("ZREM");
            forget.arg(self.links.key(CLAIMS));
            unread.iter().for_each(|(note, _)| {
                forget.arg(note);
            });
            let _forgotten: u64 = self.links.command(&forget).await.map_err(Failed::fault)?;
        }
        Ok(read.into_iter().filter_map(|(_, read)| read).collect())
    }

    async fn place(&self, placings: &[Placing]) -> Answer<()> {
        let place = |placing: &Placing| {
            let key = self.links.key(shelf(placing.shelf));
            let mut command = redis::cmd(if placing.ends.is_some() { "ZADD" } else { "ZREM" });
            command.arg(key);
            placing.ends.iter().for_each(|ends| {
                command.arg(ends.millis());
            });
            command.arg(&placing.name);
            command
        };
        let commands: Vec<Cmd> = placings.iter().map(place).collect();
        let answers = self.links.together(&commands).await.map_err(Failed::fault)?;
        answers
            .into_iter()
            .try_for_each(|answer| answer.map(drop))
            .map_err(|error| Failed::from(error).fault())
    }

    async fn ended(&self, on: Shelf, by: Time, at_most: usize) -> Answer<Vec<Vec<u8>>> {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command.arg(self.links.key(shelf(on))).arg("-inf").arg(by.millis()).arg("LIMIT").arg(0).arg(at_most);
        self.links.command(&command).await.map_err(Failed::fault)
    }

    async fn count(&self, on: Shelf) -> Answer<u64> {
        let mut command = redis::cmd("ZCARD");
        command.arg(self.links.key(shelf(on)));
        self.links.command(&command).await.map_err(Failed::fault)
    }

    async fn lost_at(&self) -> Answer<Option<Time>> {
        since(&self.links, self.clock.now()).await.map(Some).map_err(Failed::fault)
    }
}
