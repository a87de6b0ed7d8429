//! A store becomes another one: `export` and `import store`.

use super::args::{Export, Restore};
use super::commands::{Hand, config_here};
use super::out::{Failure, say, tell};
use crate::config::{Config, StoreAt};
use crate::control::{Order, is_there};
use crate::engine::root_file_of;
use crate::kept::why;
use crate::mark::Mark;
use crate::running::socket_of;
use cloakroom_authority::KeyRing;
use cloakroom_authority::record_mac;
use cloakroom_authority::root_key::{of_file, system_entropy};
use cloakroom_model::ports::{Clock, SystemClock};
use cloakroom_store::archive::{ArchiveReader, ArchiveWriter, Counts, Line, NoArchive, Site, Table, Value};
use cloakroom_store::cells::{Cells, Shelf};
use cloakroom_store_redis::RedisStore;
use cloakroom_store_split::{MovedIn, export_sessions};
use core::time::Duration;
use serde_json::json;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::sleep;

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// After this every other server has noticed that the database takes nothing any more, and what it was doing with sessions has ended: what
/// it knows is good for two seconds, and a connection to Redis is tried for eight.
const OTHERS_NOTICE: Duration = Duration::from_secs(15);

/// Nobody uses the store from here.
async fn alone(config: &Config) -> Result<(), Failure> {
    match is_there(&socket_of(&config.beside)).await {
        true => Err(Failure::failed(
            "CK2022: a server runs on this store\nhint: stop it first, and every other one",
        )),
        false => Ok(()),
    }
}

/// The root key that is there. None is made: under another one nothing that was exported could be read.
fn ring(config: &Config) -> Result<KeyRing, Failure> {
    let file = config.root_file.clone().unwrap_or_else(|| root_file_of(&config.beside));
    if !file.exists() {
        return Err(Failure::failed(format!(
            "CK2024: the root key {} is missing\nhint: what is in the store can be read with no other; for an import copy the file of the exported store there",
            file.display()
        )));
    }
    let entropy = system_entropy().map_err(Failure::failed)?;
    of_file(&file, &*entropy).map_err(Failure::failed)
}

async fn apart(config: &Config, ring: &KeyRing) -> Result<Option<RedisStore>, Failure> {
    let Some(url) = &config.sessions else { return Ok(None) };
    let mac = record_mac(ring).map_err(|_| Failure::failed(cloakroom_authority::OpenError::NoSecrets))?;
    let options = cloakroom_store_redis::Options::at(url.expose().as_str(), mac).clock(Arc::new(SystemClock));
    options.open().await.map(Some).map_err(Failure::failed)
}

fn told(did: &str, counts: Counts, json: bool) {
    let (people, sessions, events) = (counts.of("ck_user"), counts.of("ck_session"), counts.of("ck_event"));
    say(&match json {
        true => json!({ "people": people, "sessions": sessions, "events": events }).to_string(),
        false => format!("{did}: {people} people, {sessions} sessions, {events} events"),
    });
}

/// Leaves the store and writes out what is in it.
pub(super) fn export(path: &Path, export: &Export, json: bool) -> Result<(), Failure> {
    let (config, _) = config_here(path)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        alone(&config).await?;
        if !config.store.may_be_there() {
            return Err(Failure::failed(format!("CK2025: there is no store at {}", config.store)));
        }
        if !export.accept {
            return Err(Failure::failed(format!(
                "CK2023: {} would open for nobody any more once it is exported, and servers on it would fail\nhint: stop them, and say --accept",
                config.store
            )));
        }
        // It opens, under this root key; or it was left already, and is written out once more.
        match Hand::reach(path, false).await {
            Ok(hand) => hand.let_go().await,
            Err(failure) if failure.told.contains("CK2027") => {}
            Err(failure) => return Err(failure),
        }
        let ring = ring(&config)?;
        let redis = apart(&config, &ring).await?;
        if export.to.exists() {
            return Err(Failure::failed(format!(
                "CK2028: {} is there already\nhint: name a file that does not exist yet",
                export.to.display()
            )));
        }
        // What is there under its name is whole.
        let part = beside(&export.to, ".part");
        let new = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file =
            new.map_err(|error| Failure::failed(format!("{} cannot be made: {error}", part.display())))?;
        let written = match write_out(&config, redis.as_ref(), file).await {
            Ok(counts) => std::fs::rename(&part, &export.to).map(|()| counts).map_err(Failure::failed),
            Err(failure) => Err(failure),
        };
        match written {
            Ok(counts) => {
                told("exported", counts, json);
                if counts.of("ck_session") == 0 && config.sessions.is_none() {
                    tell("no sessions are kept here: if they are on Redis, [store] sessions_url has to say so; set it and export again");
                }
                tell(&format!(
                    "{} takes nothing any more. Let [store] name the new one, put the same root key beside it, and: cloakroom import store {}",
                    config.store,
                    export.to.display()
                ));
                Ok(())
            }
            Err(Failure { code, told }) => {
                // Half of it is nothing.
                let _gone = std::fs::remove_file(&part);
                let hint = "hint: the store may take nothing any more: `export` can be done again, or `restore --accept` goes back";
                Err(Failure { code, told: format!("{told}\n{hint}") })
            }
        }
    })
}

async fn write_out(config: &Config, redis: Option<&RedisStore>, file: File) -> Result<Counts, Failure> {
    let mut archive = ArchiveWriter::begin(BufWriter::new(file)).map_err(Failure::failed)?;
    let takes = |table: &Table| redis.is_none() || !table.is_of_sessions;
    let has_others = match &config.store {
        StoreAt::Sqlite(path) => {
            cloakroom_store_sqlite::Options::at(path).export(&mut archive, takes).map_err(Failure::failed)?;
            false
        }
        StoreAt::Postgres(url) => {
            let options = cloakroom_store_postgres::Options::at(url.expose().as_str());
            options.export(&mut archive, takes).await.map_err(Failure::failed)?
        }
    };
    if let Some(redis) = redis {
        if has_others {
            tell("a server used this database a moment ago: its sessions are read when it has noticed");
            sleep(OTHERS_NOTICE).await;
        }
        let done = archive.done();
        let exported = export_sessions(redis, |intent| done.contains(&intent), &mut archive).await;
        exported.map_err(Failure::failed)?;
    }
    let (out, counts) = archive.finish().map_err(Failure::failed)?;
    let file = out.into_inner().map_err(Failure::failed)?;
    file.sync_all().map_err(Failure::failed)?;
    Ok(counts)
}

/// An exported store.
struct Exported(PathBuf);

impl Exported {
    fn read(&self) -> Result<ArchiveReader<BufReader<File>>, Failure> {
        let file = File::open(&self.0)
            .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", self.0.display())))?;
        ArchiveReader::begin(BufReader::new(file)).map_err(Failure::failed)
    }

    /// Whether it is whole, and under this root key. Each row is shown.
    fn verify(
        &self,
        ring: &KeyRing,
        mut each: impl FnMut(&Line) -> Result<(), Failure>,
    ) -> Result<Counts, Failure> {
        let mut archive = self.read()?;
        while let Some(line) = archive.next_row().map_err(Failure::failed)? {
            is_under(ring, &line)?;
            each(&line)?;
        }
        Ok(archive.counts())
    }
}

/// A root key that the store was written under has to be there, and be the same.
fn is_under(ring: &KeyRing, (table, values): &Line) -> Result<(), Failure> {
    let (true, [_, kid, Value::Text(purpose), _, _, _, sealed]) = (table.name == "ck_key", values.as_slice())
    else {
        return Ok(());
    };
    if purpose != "root" {
        return Ok(());
    }
    let kid = kid.number().and_then(|kid| u16::try_from(kid).ok()).ok_or(NoArchive::Damaged);
    let kid = kid.map_err(Failure::failed)?;
    match ring.check_value(kid) {
        // One that was taken out of the ring since is needed by nothing that lives; a newer one is.
        Err(_) if kid < ring.active() => Ok(()),
        Err(_) => Err(Failure::failed(cloakroom_authority::OpenError::MissingRootKey(kid))),
        Ok(check) if sealed.bytes() == Some(&check) => Ok(()),
        Ok(_) => Err(Failure::failed(cloakroom_authority::OpenError::WrongRootKey(kid))),
    }
}

/// It opens, and its log is whole.
async fn verified(path: &Path) -> Result<(), Failure> {
    let hand = Hand::reach(path, false).await?;
    let whole = hand.give(&Order::VerifyEvents { kept: Vec::new() }).await;
    hand.let_go().await;
    whole.map(drop)
}

/// What others left there would be let in under this store.
async fn has_no_sessions(redis: &RedisStore) -> Result<(), Failure> {
    for shelf in [Shelf::SignedIn, Shelf::Anonymous] {
        if redis.count(shelf).await.map_err(|fault| Failure::failed(why(&fault)))? > 0 {
            return Err(Failure::failed(
                "CK2029: there are sessions at [store] sessions_url already, of another store or of an import that was cut short\nhint: another ?prefix= in the address, or take away what is there",
            ));
        }
    }
    Ok(())
}

/// Makes the store of what was exported.
pub(super) fn import(path: &Path, from: PathBuf, json: bool) -> Result<(), Failure> {
    let (config, _) = config_here(path)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        alone(&config).await?;
        let (ring, exported) = (ring(&config)?, Exported(from));
        let redis = apart(&config, &ring).await?;
        let mut moved = redis.as_ref().map(|redis| MovedIn::new(redis, SystemClock.now()));
        let counts = exported.verify(&ring, |line| match &mut moved {
            Some(moved) => moved.note(line).map_err(Failure::failed),
            None => Ok(()),
        })?;
        let site = match &config.store {
            StoreAt::Sqlite(path) => cloakroom_store_sqlite::Options::at(path).site(),
            StoreAt::Postgres(url) => {
                cloakroom_store_postgres::Options::at(url.expose().as_str()).site().await
            }
        };
        let site = site.map_err(Failure::failed)?;
        if let (Some(redis), Site::Free) = (&redis, site) {
            has_no_sessions(redis).await?;
        }
        let begun = match &config.store {
            StoreAt::Sqlite(path) => cloakroom_store_sqlite::Options::at(path).begin_import(),
            StoreAt::Postgres(url) => {
                cloakroom_store_postgres::Options::at(url.expose().as_str()).begin_import().await
            }
        };
        begun.map_err(Failure::failed)?;
        // First: without the rest nobody finds them.
        if let Some(moved) = &mut moved {
            let mut archive = exported.read()?;
            while let Some(line) = archive.next_row().map_err(Failure::failed)? {
                moved.put(&line).await.map_err(Failure::failed)?;
            }
        }
        let takes = |table: &Table| redis.is_none() || !table.is_of_sessions;
        let mut archive = exported.read()?;
        match &config.store {
            StoreAt::Sqlite(path) => {
                let options = cloakroom_store_sqlite::Options::at(path);
                options.import(&mut archive, takes).map_err(Failure::failed)?;
            }
            StoreAt::Postgres(url) => {
                let options = cloakroom_store_postgres::Options::at(url.expose().as_str());
                options.import(&mut archive, takes).await.map_err(Failure::failed)?;
            }
        }
        Mark::forget(&config.beside).map_err(Failure::failed)?;
        told("imported", counts, json);
        verified(path).await.map_err(|Failure { code, told }| {
            let hint = "hint: it is imported all the same; when that is mended: `cloakroom events verify`";
            Failure { code, told: format!("{told}\n{hint}") }
        })
    })
}

/// Takes the store as it is: put back by whoever keeps copies of it, or left for another one.
pub(super) fn accept(config: &Config, restore: &Restore) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    runtime.block_on(async {
        alone(config).await?;
        if !restore.accept {
            return Err(Failure::failed(format!(
                "CK2023: {} would be taken as it is: every session, link and code from before ends\nhint: say --accept",
                config.store
            )));
        }
        match &config.store {
            StoreAt::Sqlite(path) if !path.exists() => {
                return Err(Failure::failed(format!("CK2025: there is no store at {}", config.store)));
            }
            StoreAt::Sqlite(path) => {
                drop(cloakroom_store_sqlite::Options::at(path).accept_restored().open().map_err(Failure::failed)?);
            }
            StoreAt::Postgres(url) => {
                let options = cloakroom_store_postgres::Options::at(url.expose().as_str());
                let store = options.must_be_there().accept_restored().open().await.map_err(Failure::failed)?;
                store.shutdown().await.map_err(Failure::failed)?;
                Mark::forget(&config.beside).map_err(Failure::failed)?;
            }
        }
        say(&format!("{} is accepted as it is", config.store));
        tell("Everybody has to sign in again.");
        Ok(())
    })
}
