//! Verifiers that other languages have, on the feed of the program itself.

use crate::browser::parts;
use crate::program::Program;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// Says how old what it knows is, in words that do not depend on the time; and why it knows nothing.
const NODE: &str = r#"
import { Verifier } from './clients/node/cloakroom.js';
const [, authority] = process.argv;
const tells = (why) => console.log(`why ${why}`);
const said = { issuer: 'https://a.example', audience: 'https://b.example', authority, credential: process.env.FEED_CREDENTIAL };
const verifier = new Verifier({ ...said, tells });
setInterval(() => console.log(verifier.staleness === null ? 'nothing' : verifier.staleness < 1000 ? 'fresh' : 'old'), 20);
"#;

const PYTHON: &str = r#"
import os, sys, time
sys.path.insert(0, 'clients/python')
from cloakroom_verifier import Verifier
tells = lambda why: print(f'why {why}', flush=True)
verifier = Verifier('https://a.example', 'https://b.example', sys.argv[1], os.environ['FEED_CREDENTIAL'], tells=tells)
while True:
    known = verifier.staleness
    print('nothing' if known is None else 'fresh' if known < 1 else 'old', flush=True)
    time.sleep(0.02)
"#;

struct Following {
    child: Child,
    says: Receiver<String>,
}

impl Following {
    fn start(command: &[&str], authority: &str, credential: &str) -> Self {
        let root = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..");
        let (name, args) = command.split_first().unwrap();
        let mut child = Command::new(name)
            .current_dir(root)
            .args(args)
            .arg(authority)
            .env("FEED_CREDENTIAL", credential)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, says) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, says }
    }

    /// Waits until it says that: nothing that was said before counts.
    fn until(&self, what: &str) {
        self.says.try_iter().for_each(drop);
        let heard = self.says.iter().take(2_000).any(|line| line.starts_with(what));
        assert!(heard, "it never said {what}");
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped_already = self.child.wait();
    }
}

fn config(internal: &str) -> String {
    format!(
        "[server]\npublic_url = \"http://localhost:8080\"\npublic_listen = \"127.0.0.1:0\"\ninternal_listen = \"{internal}\"\n[store]\nurl = \"sqlite:data/cloakroom.db\"\n"
    )
}

#[test]
fn clients_of_other_languages_follow_and_come_back_after_it_was_killed() {
    let program = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config("127.0.0.1:0"));
    let added = program.given(&["service", "add"]);
    let (service, credential) = (added["service"].as_str().unwrap(), added["credential"].as_str().unwrap());
    let authority = format!("127.0.0.1:{}", parts(&program.internal).1);
    let commands = [&["node", "--input-type=module", "-e", NODE][..], &["python3", "-c", PYTHON][..]];
    // `./test` says that it skips the client whose language is not here.
    let is_here = |command: &&&[&str]| Command::new(command[0]).arg("--version").output().is_ok();
    let start = |credential: &str| -> Vec<Following> {
        commands
            .iter()
            .filter(is_here)
            .map(|command| Following::start(command, &authority, credential))
            .collect()
    };
    let followers = start(credential);
    for follower in &followers {
        follower.until("fresh");
    }
    // Without it they know less and less, and with it again they know.
    let folder = program.kill();
    for follower in &followers {
        follower.until("old");
    }
    let program = Program::serve(folder, &config(&authority));
    for follower in &followers {
        follower.until("fresh");
    }
    assert!(program.give(&["service", "revoke", service]).status.success());
    for follower in &followers {
        follower.until("why the authority does not let this credential follow");
    }
    // The credential of another authority is none here.
    let other = Program::serve(Arc::new(tempfile::tempdir().unwrap()), &config("127.0.0.1:0"));
    let added = other.given(&["service", "add"]);
    for stranger in start(added["credential"].as_str().unwrap()) {
        stranger.until("why the authority does not let this credential follow");
    }
}
