//! Where the machine keeps its servers.

use std::path::{Path, PathBuf};

/// A program by its name, in the path or where Debian puts PostgreSQL's, the newest version first.
pub(crate) fn find(name: &str) -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.push("/usr/sbin".into());
    let found = folders.iter().map(|folder| folder.join(name)).find(|path| Path::is_file(path));
    found.ok_or_else(|| format!("{name} is not on this machine: ./test installs it where it may"))
}

/// Redis, or Valkey where there is no Redis.
pub(crate) fn find_redis() -> Result<PathBuf, String> {
    find("redis-server").or_else(|why| find("valkey-server").map_err(|_| why))
}
