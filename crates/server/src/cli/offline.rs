//! What is done with files, and no server.

use super::args::{Args, Restore};
use super::commands::config_here;
use super::moving::accept;
use super::out::{Failure, say, tell};
use crate::config::StoreAt;
use crate::control::is_there;
use crate::engine::root_file_of;
use crate::running::socket_of;
use clap::CommandFactory;
use cloakroom_authority::root_key::{add_to_file, system_entropy};
use cloakroom_store_sqlite::Options;
use std::fs;
use std::path::{Path, PathBuf};

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Puts a copy back. It is accepted on purpose: whoever was signed in is signed out, and nothing that was taken back since comes back.
pub(super) fn restore(config: &Path, restore: &Restore) -> Result<(), Failure> {
    let (config, _) = config_here(config)?;
    let Some(from) = &restore.from else { return accept(&config, restore) };
    let StoreAt::Sqlite(database) = &config.store else {
        return Err(Failure::failed(
            "CK2026: a store on PostgreSQL is put back by PostgreSQL\nhint: pg_restore, or the base backup and its log up to the last moment; then `restore --accept` without a file, or what was taken back after the copy is good again",
        ));
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    if runtime.block_on(is_there(&socket_of(database))) {
        return Err(Failure::failed("CK2022: a server runs on this store\nhint: stop it first"));
    }
    if !restore.accept {
        return Err(Failure::failed(format!(
            "CK2023: {} would take the place of {}: every session, link and code from before ends, and what was changed since the copy is lost\nhint: say --accept",
            from.display(),
            database.display()
        )));
    }
    let new = beside(database, ".restoring");
    fs::copy(from, &new)
        .map_err(|error| Failure::failed(format!("{} cannot be copied: {error}", from.display())))?;
    // What is there now is kept: a copy that turns out to be none must not be all there is.
    let kept = beside(database, ".before-restore");
    if database.exists() {
        // The lock: nobody has it open.
        drop(Options::at(database).accept_restored().open().map_err(Failure::failed)?);
        fs::rename(database, &kept).map_err(Failure::failed)?;
    }
    for suffix in ["-wal", "-shm"] {
        let _not_there = fs::remove_file(beside(database, suffix));
    }
    fs::rename(&new, database).map_err(Failure::failed)?;
    match Options::at(database).accept_restored().open() {
        Ok(store) => drop(store),
        Err(error) => {
            fs::rename(&kept, database).map_err(Failure::failed)?;
            return Err(Failure::failed(error));
        }
    }
    say(&format!("restored; what was there before is {}", kept.display()));
    tell("Everybody has to sign in again.");
    Ok(())
}

/// Adds a root key to its file.
pub(super) fn rotate_root(config: &Path) -> Result<(), Failure> {
    let (config, _) = config_here(config)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::failed)?;
    if runtime.block_on(is_there(&socket_of(&config.beside))) {
        return Err(Failure::failed(
            "CK2022: a server runs on this store\nhint: stop it first, and every other server that has the same root key",
        ));
    }
    let file = config.root_file.clone().unwrap_or_else(|| root_file_of(&config.beside));
    let entropy = system_entropy().map_err(Failure::failed)?;
    let number = add_to_file(&file, &*entropy).map_err(Failure::failed)?;
    say(&format!(
        "root key {number} is in {}; it takes over at the next start, and nobody is signed out",
        file.display()
    ));
    if matches!(config.store, StoreAt::Postgres(_)) {
        tell(
            "Copy the file to every other server before one of them starts again: it is made once, and the same everywhere.",
        );
    }
    Ok(())
}

/// What a shell needs.
pub(super) fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "cloakroom", &mut out);
    say(String::from_utf8_lossy(&out).trim_end());
    Ok(())
}

/// Manual pages.
pub(super) fn man(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(Failure::failed)?;
    clap_mangen::generate_to(Args::command(), folder).map_err(Failure::failed)?;
    say(&format!("wrote manual pages into {}", folder.display()));
    Ok(())
}
