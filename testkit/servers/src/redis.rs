//! Redis: one server, and a prefix for each test.

use crate::binaries::find_redis;
use crate::keeper::{Owner, folder, keep};
use crate::postgres::{free_port, text, wait_a_moment};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// How often it is looked whether it answers.
const LOOKS: u32 = 200;

/// A server in a folder of its own.
#[derive(Debug)]
pub struct Redis {
    folder: PathBuf,
    port: u16,
    kept: Mutex<Option<Child>>,
    prefixes: AtomicU32,
}

impl Redis {
    /// The one that the tests of this process share.
    pub fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<Result<Redis, String>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[])).as_ref().map_err(Clone::clone)
    }

    /// Makes one and starts it, with more settings than it has by itself.
    pub fn start(settings: &[&str]) -> Result<Self, String> {
        let folder = folder("cloakroom-redis-").map_err(text("no folder"))?;
        Owner::of_servers().owns(&folder).map_err(text("no folder"))?;
        let server = Self { folder, port: free_port()?, kept: Mutex::new(None), prefixes: AtomicU32::new(0) };
        server.run(settings)?;
        Ok(server)
    }

    /// Starts it, after it was killed too. What it had written is there again.
    pub fn run(&self, settings: &[&str]) -> Result<(), String> {
        let own = [
            "--port",
            &self.port.to_string(),
            "--bind",
            "127.0.0.1",
            "--dir",
            &self.folder.display().to_string(),
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--save",
            "",
        ]
        .map(str::to_owned);
        let mut args = own.to_vec();
        args.extend(settings.iter().map(|setting| (*setting).to_owned()));
        let mut kept = self.kept.lock().map_err(text("lock"))?;
        if let Some(mut of_before) = kept.take() {
            // It would take the folder along.
            let _gone = of_before.kill();
            let _reaped = of_before.wait();
        }
        let new = keep(&Owner::of_servers(), &self.folder, &find_redis()?, &args);
        *kept = Some(new.map_err(text("redis-server"))?);
        drop(kept);
        for _ in 0..LOOKS {
            if self
                .give(&["PING"])
                .is_ok_and(|answer| answer.starts_with('+') || answer.starts_with("-NOAUTH"))
            {
                return Ok(());
            }
            wait_a_moment();
        }
        Err("the server does not start".to_owned())
    }

    /// Kills it, as a loss of power would.
    pub fn kill(&self) -> Result<(), String> {
        self.signal(rustix::process::Signal::KILL)
    }

    /// It stands still: connections stay, nobody answers.
    pub fn pause(&self) -> Result<(), String> {
        self.signal(rustix::process::Signal::STOP)
    }

    /// It goes on.
    pub fn go_on(&self) -> Result<(), String> {
        self.signal(rustix::process::Signal::CONT)
    }

    fn signal(&self, signal: rustix::process::Signal) -> Result<(), String> {
        let port = format!("127.0.0.1:{}", self.port);
        let is_it = |pid: &i32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            (line.contains("redis-server") || line.contains("valkey-server")) && line.contains(&port)
        };
        let all = std::fs::read_dir("/proc").map_err(text("processes"))?.flatten();
        let pid = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(is_it);
        let pid = pid.and_then(rustix::process::Pid::from_raw).ok_or("there is no server")?;
        rustix::process::kill_process(pid, signal).map_err(text("signal"))
    }

    /// Gives it a command and reads the first of what it says.
    pub fn give(&self, command: &[&str]) -> Result<String, String> {
        Self::ask(self.port, command)
    }

    /// Gives a command to whoever listens there.
    pub(crate) fn ask(port: u16, command: &[&str]) -> Result<String, String> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(text("connect"))?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).map_err(text("timeout"))?;
        let words: String = command.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        stream.write_all(format!("*{}\r\n{words}", command.len()).as_bytes()).map_err(text("write"))?;
        let mut answer = vec![0; 65_536];
        let length = stream.read(&mut answer).map_err(text("read"))?;
        answer.truncate(length);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Waits until whoever repeats it has all of it.
    pub fn wait_until_repeated(&self) -> Result<(), String> {
        for _ in 0..LOOKS {
            let info = self.give(&["INFO", "replication"])?;
            let own = info.lines().find_map(|line| line.strip_prefix("master_repl_offset:"));
            let mut others = info.lines().filter(|line| line.starts_with("slave")).peekable();
            let has_all = |line: &str| line.split(',').any(|part| part.strip_prefix("offset=") == own);
            if others.peek().is_some() && others.all(has_all) {
                return Ok(());
            }
            wait_a_moment();
        }
        Err("nobody repeats the server".to_owned())
    }

    /// A prefix that nobody else has.
    pub fn prefix(&self) -> String {
        format!("test{}:", self.prefixes.fetch_add(1, Ordering::Relaxed))
    }

    /// Where it is, with a prefix.
    pub fn url(&self, prefix: &str) -> String {
        format!("redis://127.0.0.1:{}?prefix={prefix}", self.port)
    }

    /// On which port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}
