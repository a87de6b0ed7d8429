//! The program, started in a folder of its own.

use crate::browser::{Browser, parsed, parts, raw};
use crate::world::World;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tempfile::TempDir;

pub(crate) fn cloakroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloakroom"));
    // What stands in the environment of whoever runs the tests must not matter.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CLOAKROOM_") {
            command.env_remove(name);
        }
    }
    command
}

/// A configuration of a program that believes to be on port 8080; the rest of it may begin in the table of the server.
pub(crate) fn serving(rest: &str) -> String {
    format!(
        "[server]\npublic_url = \"http://localhost:8080\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"127.0.0.1:0\"\n{rest}"
    )
}

pub(crate) struct Program {
    pub(crate) folder: Arc<TempDir>,
    child: Option<Child>,
    written: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    pub(crate) auth: String,
    pub(crate) app: String,
    pub(crate) internal: String,
    pub(crate) admin_link: String,
    pub(crate) password: String,
}

fn watch(from: impl Read + Send + 'static, written: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut written = written.lock().unwrap();
            written.push_str(&line);
            written.push('\n');
        }
    })
}

impl Program {
    pub(crate) fn dev(args: &[&str]) -> Self {
        Self::dev_in(Arc::new(tempfile::tempdir().unwrap()), args)
    }

    pub(crate) fn dev_in(folder: Arc<TempDir>, args: &[&str]) -> Self {
        Self::dev_by(&mut cloakroom(), folder, args)
    }

    /// One that lives in a world where tests set the clock and fill the disk.
    pub(crate) fn dev_within(world: &World, args: &[&str]) -> Self {
        Self::dev_by(cloakroom().envs(world.env()), Arc::new(tempfile::tempdir().unwrap()), args)
    }

    fn dev_by(command: &mut Command, folder: Arc<TempDir>, args: &[&str]) -> Self {
        let mut child = command
            .current_dir(folder.path())
            .args(["dev", "--json"])
            .args(if args.contains(&"--port") { &[][..] } else { &["--port", "0"] })
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written = Arc::new(Mutex::new(String::new()));
        let reader = watch(child.stderr.take().unwrap(), written.clone());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("it did not start: {line} {}", written.lock().unwrap()));
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        Self {
            folder,
            child: Some(child),
            written,
            reader: Some(reader),
            auth: text("auth"),
            app: text("app"),
            internal: text("internal"),
            admin_link: text("admin_link"),
            password: told["user"]["password"].as_str().unwrap().to_owned(),
        }
    }

    /// Runs a configuration. Its line on stdout says where.
    pub(crate) fn serve(folder: Arc<TempDir>, config: &str) -> Self {
        Self::serve_by(&mut cloakroom(), folder, config)
    }

    pub(crate) fn serve_by(command: &mut Command, folder: Arc<TempDir>, config: &str) -> Self {
        std::fs::write(folder.path().join("cloakroom.toml"), config).unwrap();
        let mut child = command
            .current_dir(folder.path())
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written = Arc::new(Mutex::new(String::new()));
        let reader = watch(BufReader::new(child.stderr.take().unwrap()), written.clone());
        let mut line = String::new();
        let read = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(read > 0, "it did not start: {}", written.lock().unwrap());
        let words: Vec<&str> = line.split_whitespace().collect();
        Self {
            folder,
            child: Some(child),
            written,
            reader: Some(reader),
            auth: format!("http://{}", words[4].trim_end_matches(',')),
            app: String::new(),
            internal: format!("http://{}", words[7]),
            admin_link: String::new(),
            password: String::new(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        parts(&self.auth).1
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Somebody with a password.
    pub(crate) fn add(&self, name: &str, password: &str) {
        let mut adding = cloakroom()
            .current_dir(self.folder.path())
            .args(["user", "add", name, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        adding.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        assert!(adding.wait().unwrap().success());
    }

    /// A command, given in its folder.
    pub(crate) fn give(&self, args: &[&str]) -> Output {
        cloakroom().current_dir(self.folder.path()).args(args).output().unwrap()
    }

    pub(crate) fn given(&self, args: &[&str]) -> Value {
        let output = self.give(&[&["--json"], args].concat());
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The newest letter to somebody about something. The post takes a moment.
    pub(crate) fn letter(&self, to: &str, subject: &str) -> String {
        for _ in 0..600 {
            let (host, port, _) = parts(&self.internal);
            let request = format!("GET /mail.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = parsed(&self.internal, &raw(port, request.as_bytes()));
            let letters: Value = serde_json::from_str(&answer.body).unwrap();
            let found =
                letters.as_array().unwrap().iter().find(|letter| {
                    letter["to"] == to && letter["subject"].as_str().unwrap().contains(subject)
                });
            if let Some(letter) = found {
                return letter["link"].as_str().unwrap().to_owned();
            }
            wait_a_moment();
        }
        panic!("no letter to {to} about {subject}: {}", self.written());
    }

    pub(crate) fn signed_in(&self) -> Browser {
        let mut browser = Browser::default();
        let page = browser.sign_in(&self.app, "demo", &self.password);
        assert_eq!((page.status, page.title()), (200, "Hello, Demo"), "{}", page.body);
        browser
    }

    pub(crate) fn written(&self) -> String {
        self.written.lock().unwrap().clone()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Asks it to end and waits. Answers whether it ended well, and everything it wrote.
    pub(crate) fn end(mut self) -> (bool, String) {
        self.signal("TERM");
        let ended = self.child.take().unwrap().wait().unwrap().success();
        self.reader.take().unwrap().join().unwrap();
        (ended, self.written())
    }

    pub(crate) fn kill(mut self) -> Arc<TempDir> {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.folder.clone()
    }

    pub(crate) fn database(&self) -> PathBuf {
        database_in(self.folder.path())
    }
}

pub(crate) fn database_in(folder: &Path) -> PathBuf {
    folder.join("cloakroom-dev/cloakroom.db")
}

impl Drop for Program {
    /// Whatever a test did, nothing that opens anything was written down.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended_already = child.kill();
            let _reaped_already = child.wait();
        }
        if !std::thread::panicking() {
            let written = self.written();
            let found = secrets_in(&written, &self.password);
            assert!(found.is_empty(), "{found:?} in {written}");
        }
    }
}

/// What looks like a secret of ours, and the passwords that tests choose.
fn secrets_in<'a>(written: &'a str, password: &'a str) -> Vec<&'a str> {
    let is_of = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let words = written.split(|letter| !is_of(letter));
    let is_secret = |word: &&str| {
        let head = word.as_bytes();
        word.len() > 20 && head.starts_with(b"ck") && head.get(3) == Some(&b'_')
    };
    let chosen = [password, "correct horse", "another horse", "battery staple", "trombone-kestrel"];
    let typed = chosen.into_iter().filter(|word| word.len() > 8 && written.contains(*word));
    words.filter(is_secret).chain(typed).collect()
}

#[test]
fn a_secret_that_is_written_down_is_noticed() {
    let ticket = format!("ckt_{}", "A".repeat(43));
    assert_eq!(secrets_in(&format!("{{\"path\":\"/x/{ticket}\"}}"), "p4ssw0rdp4ss"), [ticket.as_str()]);
    assert_eq!(secrets_in("a p4ssw0rdp4ss b", "p4ssw0rdp4ss"), ["p4ssw0rdp4ss"]);
    assert!(secrets_in("ckt_… ckt_short usr_01m81w1efbfqds0rsgc0yf6hg5", "").is_empty());
}

/// Lets something outside of this process happen.
#[expect(clippy::disallowed_methods, reason = "another process is waited for, and it has no clock of ours")]
pub(crate) fn wait_a_moment() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}
