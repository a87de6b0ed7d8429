//! A process that ends when whoever started it does, however that ends.

use std::io::Error;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// It waits for its input to end, which it does with the process that holds the other side of it; then it ends what it keeps, and removes the
/// folder.
const KEEP: &str = r#"folder=$1; shift; "$@" <&- & kept=$!; read -r _; kill -CONT $kept 2>/dev/null; kill -INT $kept 2>/dev/null; (sleep 10; kill -KILL $kept) >/dev/null 2>&1 & wait $kept; rm -rf "$folder""#;

/// Who a server runs as: most of them refuse to run as root.
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// Nobody, if this is root; else whoever this is.
    pub(crate) fn of_servers() -> Self {
        Self(rustix::process::getuid().is_root().then_some((65_534, 65_534)))
    }

    pub(crate) fn owns(&self, folder: &Path) -> Result<(), Error> {
        match self.0 {
            Some((user, group)) => std::os::unix::fs::chown(folder, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    pub(crate) fn runs(&self, command: &mut Command) {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

/// A folder for a server: in memory, where there is some. What it writes is gone with it, and nobody waits for a disk.
pub(crate) fn folder(prefix: &str) -> Result<PathBuf, Error> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix(prefix);
    builder.tempdir_in("/dev/shm").or_else(|_| builder.tempdir()).map(tempfile::TempDir::keep)
}

/// Starts a program that is kept so.
pub(crate) fn keep(owner: &Owner, folder: &Path, program: &Path, args: &[String]) -> Result<Child, Error> {
    let mut command = Command::new("sh");
    command.args(["-c", KEEP, "keeper"]).arg(folder).arg(program).args(args);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    owner.runs(&mut command);
    command.spawn()
}
