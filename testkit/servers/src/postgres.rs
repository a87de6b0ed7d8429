//! PostgreSQL: one server, and a database for each test.

use crate::binaries::find;
use crate::keeper::{Owner, folder, keep};
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

/// How long it may take until it answers.
const STARTS_WITHIN: u32 = 60;
/// How often it is started until it does.
const STARTS: u32 = 6;

/// A server in a folder of its own.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    kept: Mutex<Option<Child>>,
    databases: AtomicU32,
}

/// Another process has no clock of ours.
#[expect(clippy::disallowed_methods, reason = "it waits for another process")]
pub(crate) fn wait_a_moment() {
    std::thread::sleep(Duration::from_millis(50));
}

pub(crate) fn text<E: core::fmt::Display>(what: &str) -> impl Fn(E) -> String + use<'_, E> {
    move |error| format!("{what}: {error}")
}

impl Postgres {
    /// The one that the tests of this process share.
    pub fn shared() -> Result<&'static Self, String> {
        static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&[], None)).as_ref().map_err(Clone::clone)
    }

    /// Makes one and starts it, with more settings than it has by itself, and perhaps a certificate with its key.
    pub fn start(settings: &[&str], certified: Option<(&str, &str)>) -> Result<Self, String> {
        let folder = folder("cloakroom-postgres-").map_err(text("no folder"))?;
        let owner = Owner::of_servers();
        owner.owns(&folder).map_err(text("no folder"))?;
        let data = folder.join("data");
        let mut init = Command::new(find("initdb")?);
        init.args([
            "--auth=trust",
            "--username=cloakroom",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "-D",
        ]);
        init.arg(&data).current_dir(&folder);
        owner.runs(&mut init);
        let made = init.output().map_err(text("initdb"))?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)));
        }
        if let Some((certificate, key)) = certified {
            for (name, pem) in [("server.crt", certificate), ("server.key", key)] {
                let path = data.join(name);
                std::fs::write(&path, pem).map_err(text("certificate"))?;
                std::fs::set_permissions(&path, Permissions::from_mode(0o600))
                    .map_err(text("certificate"))?;
                owner.owns(&path).map_err(text("certificate"))?;
            }
        }
        let port = free_port()?;
        let server = Self { folder, port, kept: Mutex::new(None), databases: AtomicU32::new(0) };
        server.run(settings)?;
        Ok(server)
    }

    /// Starts it, after it was killed too.
    pub fn run(&self, settings: &[&str]) -> Result<(), String> {
        let mut args = vec!["-D".to_owned(), self.data().display().to_string()];
        let port = format!("port={}", self.port);
        let sockets = format!("unix_socket_directories={}", self.folder.display());
        let own = [
            &*port,
            &*sockets,
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "dynamic_shared_memory_type=mmap",
        ];
        for setting in own.iter().chain(settings) {
            args.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let mut kept = self.kept.lock().map_err(text("lock"))?;
        for _ in 0..STARTS {
            if let Some(mut of_before) = kept.take() {
                // It would take the folder along.
                let _gone = of_before.kill();
                let _reaped = of_before.wait();
            }
            let new = keep(&Owner::of_servers(), &self.folder, &find("postgres")?, &args);
            *kept = Some(new.map_err(text("postgres"))?);
            // What is left of one that was killed may be in the way for a moment, and then it does not start.
            for _ in 0..STARTS_WITHIN {
                if self.give("postgres", "SELECT 1").is_ok() {
                    return Ok(());
                }
                wait_a_moment();
            }
        }
        Err("the server does not start".to_owned())
    }

    /// Another server that repeats this one, and can take its place.
    pub fn standby(&self) -> Result<Self, String> {
        let folder = folder("cloakroom-postgres-").map_err(text("no folder"))?;
        let owner = Owner::of_servers();
        owner.owns(&folder).map_err(text("no folder"))?;
        let mut copy = Command::new(find("pg_basebackup")?);
        copy.args(["-h", "127.0.0.1", "-U", "cloakroom", "-X", "stream", "-c", "fast", "-R", "-D"]);
        copy.arg(folder.join("data")).arg("-p").arg(self.port.to_string()).current_dir(&folder);
        owner.runs(&mut copy);
        let copied = copy.output().map_err(text("pg_basebackup"))?;
        if !copied.status.success() {
            return Err(format!("pg_basebackup: {}", String::from_utf8_lossy(&copied.stderr)));
        }
        let (kept, databases) = (Mutex::new(None), AtomicU32::new(0));
        let standby = Self { folder, port: free_port()?, kept, databases };
        standby.run(&[])?;
        Ok(standby)
    }

    /// Kills it, as a loss of power would.
    pub fn kill(&self) -> Result<(), String> {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
        let pid = pid.ok_or("there is no server")?;
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).map_err(text("kill"))?;
        // Those that it has started end when they see that it is gone.
        while self.give("postgres", "SELECT 1").is_ok() {
            wait_a_moment();
        }
        Ok(())
    }

    /// From here on no file of it becomes any longer, as on a disk that is full, until it is started anew.
    pub fn fill_disk(&self) -> Result<(), String> {
        let server = self.pid().ok_or("there is no server")?;
        let is_its = |pid: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            *pid == server || status.lines().any(|line| line == format!("PPid:\t{server}"))
        };
        let all = std::fs::read_dir("/proc").map_err(text("processes"))?.flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_its);
        for pid in all.collect::<Vec<u32>>() {
            let mut limit = Command::new("prlimit");
            limit.args(["--pid", &pid.to_string(), "--fsize=8192:"]);
            // One may have ended since.
            Owner::of_servers().runs(&mut limit);
            let _gone = limit.output().map_err(text("prlimit"))?;
        }
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok()
    }

    /// Where a database of it is.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cloakroom@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Has a statement carried out, by the program that comes with the server.
    pub fn give(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(find("psql")?);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]).arg(self.url(database));
        let done = psql.output().map_err(text("psql"))?;
        match done.status.success() {
            true => Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned()),
            false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
        }
    }

    /// A copy of a database as it is at this moment, whoever uses it. Answers its name.
    pub fn copy(&self, database: &str) -> Result<String, String> {
        let copy = self.database()?;
        let mut dump = Command::new(find("pg_dump")?);
        let mut dump =
            dump.arg(self.url(database)).stdout(Stdio::piped()).spawn().map_err(text("pg_dump"))?;
        let dumped = dump.stdout.take().map_or_else(Stdio::null, Stdio::from);
        let mut psql = Command::new(find("psql")?);
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]).arg(self.url(&copy)).stdin(dumped);
        let put_in = psql.output().map_err(text("psql"))?;
        match dump.wait().is_ok_and(|dumped| dumped.success()) && put_in.status.success() {
            true => Ok(copy),
            false => Err(String::from_utf8_lossy(&put_in.stderr).into_owned()),
        }
    }

    /// A database that nobody else has. Answers its name.
    pub fn database(&self) -> Result<String, String> {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.give("postgres", &format!("CREATE DATABASE {name}")).map(|_| name)
    }
}

pub(crate) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text("no port"))?;
    listener.local_addr().map(|address| address.port()).map_err(text("no port"))
}
