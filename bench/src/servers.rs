//! Programs that serve the route: ours and others'. Each says where it listens, then a cookie a line, then an empty line.

use cloakroom_testkit::engine::Failure;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A program that runs on the first core.
#[derive(Debug)]
pub struct Server {
    /// Its name.
    pub name: &'static str,
    /// What is to be known of it.
    pub note: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// What comes with each request: a cookie, or a whole header.
    pub cookies: Vec<String>,
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

/// This thread runs on one core. Where that is not allowed, it runs wherever.
pub fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _not_allowed = rustix::thread::sched_setaffinity(None, &set);
}

impl Server {
    fn start(name: &'static str, note: &'static str, mut command: Command) -> Result<Self, Failure> {
        let spawning = std::thread::spawn(move || {
            pin(0);
            command.stdout(Stdio::piped()).spawn()
        });
        let mut child = spawning.join().map_err(|_| "a thread panicked")??;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        let address = lines.next().ok_or("it says nothing")??.parse()?;
        let cookies: Result<Vec<String>, _> =
            lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).collect();
        Ok(Self { name, note, address, cookies: cookies?, child })
    }

    /// The processor time of all its threads so far, in microseconds.
    pub fn cpu_us(&self) -> Result<f64, Failure> {
        let mut nanos = 0u64;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            nanos += text.split(' ').next().ok_or("no schedstat")?.parse::<u64>()?;
        }
        Ok(nanos as f64 / 1_000.0)
    }

    /// The memory it holds.
    pub fn resident_kb(&self) -> Result<u64, Failure> {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        Ok(statm.split(' ').nth(1).ok_or("no statm")?.parse::<u64>()? * 4)
    }
}

/// Apps of this very program, each in a process of its own: `serve NAME`, and the addresses of databases it may use.
pub fn own(apps: &[(&'static str, &'static str)], databases: &[String]) -> Result<Vec<Server>, Failure> {
    let mut all = Vec::new();
    for (name, note) in apps {
        let mut ours = Command::new(std::env::current_exe()?);
        ours.args(["serve", name]).args(databases);
        all.push(Server::start(name, note, ours)?);
    }
    Ok(all)
}

/// Other people's, those whose program the caller names; on these databases too.
pub fn peers(postgres: &str, redis: &str) -> Result<Vec<Server>, Failure> {
    let mut all = Vec::new();
    if let Some(peers) = std::env::var_os("CLOAKROOM_BENCH_PEERS") {
        for (name, kind, url) in [
            ("tower-sessions, memory", "memory", ""),
            ("tower-sessions, SQLite", "sqlite", ""),
            ("tower-sessions, PostgreSQL", "postgres", postgres),
            ("tower-sessions, Redis", "redis", redis),
        ] {
            let mut peer = Command::new(&peers);
            peer.args([kind, url]);
            all.push(Server::start(name, "1,000 sessions, one value read", peer)?);
        }
    }
    if let Some(express) = std::env::var_os("CLOAKROOM_BENCH_EXPRESS") {
        for (name, kind, url) in [
            ("Express with express-session, memory", "memory", ""),
            ("Express with express-session, PostgreSQL", "postgres", postgres),
            ("Express with express-session, Redis", "redis", redis),
        ] {
            let mut node = Command::new("node");
            node.arg(PathBuf::from(&express).join("server.js"))
                .args([kind, url])
                .env("NODE_ENV", "production");
            all.push(Server::start(name, "context: Node", node)?);
        }
    }
    Ok(all)
}
