//! Processes, and time.

use crate::Ended;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A process of this program, and what it has said when it was ready.
pub(crate) struct Program {
    child: Child,
    said: BTreeMap<String, String>,
    _rest: BufReader<ChildStdout>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone_already = self.child.kill().and_then(|()| self.child.wait());
    }
}

impl Program {
    pub(crate) fn start(program: &str, words: &[String], credential: &str, lines: usize) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(words).env("FEED_CREDENTIAL", credential).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
        let mut rest = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut said = BTreeMap::new();
        for _ in 0..lines {
            let mut line = String::new();
            rest.read_line(&mut line)?;
            let (name, value) =
                line.trim().split_once(' ').ok_or_else(|| format!("{words:?} did not start"))?;
            said.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self { child, said, _rest: rest })
    }

    pub(crate) fn said(&self, name: &str) -> Result<&str> {
        Ok(self.said.get(name).ok_or("it did not say that")?)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Ended {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).ok_or("no process")?;
        Ok(kill_process(pid, signal)?)
    }
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// What stands still does not say when it is over.
pub(crate) fn stands_still(length: Duration) {
    let (_nobody, says) = std::sync::mpsc::channel::<()>();
    let _never = says.recv_timeout(length);
}

pub(crate) fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}
