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
use futures_util::future::{try_join, try_join_all};
use redis::{Cmd, Script};

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

    async fn read_raw(&self, key: &[u8]) -> Answer<Option<Found>> {
        let mut command = redis::cmd("HMGET");
        command.arg(key).arg(&["r", "v", "c"]);
        match self.links.command(&command).await {
            Ok(found) => Ok(Some(found)),
            Err(failed) if failed.is_another_kind() => Ok(None),
            Err(failed) => Err(failed.fault()),
        }
    }

    /// One script on each key, all of them at once.
    async fn on_each<'a>(
        &self,
        script: &Script,
        keys: impl Iterator<Item = (&'a CellKey, Vec<Vec<u8>>)>,
    ) -> Answer<Vec<u8>> {
        let runs = keys.map(|(key, args)| {
            let mut run = script.prepare_invoke();
            run.key(self.key_of_cell(key));
            args.into_iter().for_each(|arg| {
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

    async fn each<T: redis::FromRedisValue>(&self, commands: Vec<Cmd>) -> Answer<Vec<T>> {
        let asked = commands.iter().map(|command| self.links.command(command));
        try_join_all(asked).await.map_err(Failed::fault)
    }
}

#[async_trait]
impl Cells for RedisStore {
    async fn read(&self, keys: &[CellKey]) -> Answer<Vec<Cell>> {
        let read = |key: &CellKey| {
            let key = self.key_of_cell(key);
            async move {
                let found = self.read_raw(&key).await?;
                let broken = || Cell { is_broken: true, ..Cell::default() };
                Ok::<_, Fault>(found.map_or_else(broken, |found| self.cell(&key, found)))
            }
        };
        try_join_all(keys.iter().map(read)).await
    }

    async fn discard(&self, key: &CellKey) -> Answer<()> {
        let place = self.key_of_cell(key);
        let (revision, value, claim) = self.read_raw(&place).await?.unwrap_or_default();
        if !self.cell(&place, (revision.clone(), value.clone(), claim)).is_broken && revision.is_some() {
            return Ok(());
        }
        let args = [revision, value].map(Option::unwrap_or_default).to_vec();
        self.on_each(&self.links.scripts().discard, core::iter::once((key, args))).await.map(drop)
    }

    async fn claim(&self, change: Intent, changes: &[CellChange]) -> Answer<bool> {
        let args: Result<Vec<_>, Fault> =
            changes.iter().map(|to| Ok((&to.key, self.args(change, to)?))).collect();
        // Noted first: a claim that nobody knows of stays for as long as its cell does.
        let noted = self.noted("ZADD", change, changes.iter().map(|to| &to.key));
        let noted = async { self.links.command::<u64>(&noted).await.map_err(Failed::fault) };
        let (_, claimed) =
            try_join(noted, self.on_each(&self.links.scripts().claim, args?.into_iter())).await?;
        Ok(claimed.iter().all(|claimed| *claimed == 1))
    }

    async fn apply(&self, change: Intent, keys: &[CellKey]) -> Answer<Vec<Applied>> {
        let args = keys.iter().map(|key| (key, vec![change.0.to_vec()]));
        let noted = self.noted("ZREM", change, keys.iter());
        let noted = async { self.links.command::<u64>(&noted).await.map_err(Failed::fault) };
        let (applied, _) = try_join(self.on_each(&self.links.scripts().apply, args), noted).await?;
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
        let noted = async { self.links.command::<u64>(&noted).await.map_err(Failed::fault) };
        try_join(self.on_each(&self.links.scripts().release, args), noted).await.map(drop)
    }

    async fn swap(&self, change: Intent, to: &CellChange) -> Answer<bool> {
        let args = self.args(change, to)?;
        let swapped = self.on_each(&self.links.scripts().swap, core::iter::once((&to.key, args))).await?;
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
        let _counts: Vec<u64> = self.each(placings.iter().map(place).collect()).await?;
        Ok(())
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
