//! The program, in a folder of its own, serving as configured.

use cloakroom_crypto::entropy::SystemEntropy;
use cloakroom_crypto::password::argon2id::{Cost, Memory, hash};
use cloakroom_testkit::engine::Failure;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Where one signs in, and the app.
pub(crate) const AUTH: &str = "localhost:8080";
pub(crate) const APP: &str = "app.localhost:8080";
/// What everybody has as a password.
pub(crate) const PASSWORD: &str = "correct-horse";

/// The file of the program.
pub(crate) fn file() -> Result<PathBuf, Failure> {
    let said = std::env::var_os("BENCHED_PROGRAM");
    said.map(PathBuf::from).ok_or_else(|| "bench/run says where the program is".into())
}

/// A program that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) public: SocketAddr,
    pub(crate) internal: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

/// A folder with a configuration in it.
pub(crate) fn folder(upstream: SocketAddr) -> Result<TempDir, Failure> {
    let folder = tempfile::tempdir()?;
    let config = format!(
        "[server]\npublic_url = \"http://{AUTH}\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.0/8\"]\n[store]\nurl = \"sqlite:data/cloakroom.db\"\n[log]\nlevel = \"warn\"\n[[app]]\nhost = \"app.localhost\"\nupstream = \"http://{upstream}\"\n"
    );
    std::fs::write(folder.path().join("cloakroom.toml"), config)?;
    Ok(folder)
}

/// Brings people along, `u0` and so on, all with one password.
pub(crate) fn people(folder: &TempDir, count: usize) -> Result<(), Failure> {
    let hash =
        hash(PASSWORD.as_bytes(), Cost::LEAST, &mut Memory::for_cost(Cost::LEAST), &SystemEntropy::open()?)?;
    let mut rows = "username,password_hash\n".to_owned();
    for number in 0..count {
        writeln!(rows, "u{number},\"{hash}\"")?;
    }
    let rows_file = folder.path().join("people.csv");
    std::fs::write(&rows_file, rows)?;
    let mut import = Command::new(file()?);
    import.current_dir(folder.path()).args(["import", "users", "people.csv"]);
    let done = import.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned().into())
    }
}

impl Running {
    pub(crate) fn serve(folder: &TempDir) -> Result<Self, Failure> {
        let mut command = Command::new(file()?);
        command.current_dir(folder.path()).arg("serve").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let line = BufReader::new(child.stdout.take().ok_or("no output")?).lines().next();
        let line = line.ok_or("it did not start")??;
        let mut words = line.split_whitespace();
        let public = words.nth(4).ok_or("no address")?.trim_end_matches(',').parse()?;
        let internal = words.nth(2).ok_or("no address")?.parse()?;
        Ok(Self { child, public, internal })
    }

    /// The memory it holds.
    pub(crate) fn resident_kb(&self) -> Result<u64, Failure> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        Ok(statm.split(' ').nth(1).ok_or("no statm")?.parse::<u64>()? * 4)
    }
}
