//! This program again, in a process of its own on the second core, that is told things line by line and answers line by line.

use cloakroom_bench::servers::pin;
use cloakroom_testkit::engine::Failure;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(crate) struct Program {
    child: Child,
    told: ChildStdin,
    lines: UnboundedReceiver<String>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _gone_already = self.child.wait();
    }
}

impl Program {
    pub(crate) fn start(words: &[&str]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let spawning = std::thread::spawn(move || {
            pin(1);
            command.spawn()
        });
        let mut child = spawning.join().map_err(|_| "a thread panicked")??;
        let told = child.stdin.take().ok_or("no input")?;
        let said = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (sender, lines) = unbounded_channel();
        std::thread::spawn(move || {
            said.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok();
        });
        Ok(Self { child, told, lines })
    }

    pub(crate) fn tell(&mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Failure> {
        let mut text: String = lines.into_iter().map(|line| line.as_ref().to_owned() + "\n").collect();
        text.push('\n');
        self.told.write_all(text.as_bytes())?;
        Ok(self.told.flush()?)
    }

    pub(crate) async fn hear(&mut self) -> Result<String, Failure> {
        Ok(self.lines.recv().await.ok_or("it has ended")?)
    }

    /// Numbers in a line.
    pub(crate) async fn numbers(&mut self) -> Result<Vec<i64>, Failure> {
        let line = self.hear().await?;
        line.split(' ').map(|word| word.parse().map_err(|_| line.clone().into())).collect()
    }
}

/// What the child says.
pub(crate) fn say(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// What the child is told, to an empty line.
pub(crate) fn told() -> Result<Vec<String>, Failure> {
    let lines = std::io::stdin().lock().lines();
    Ok(lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).collect::<Result<_, _>>()?)
}
