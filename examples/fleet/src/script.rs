//! What happens to one authority and its APIs, and what everybody says meanwhile.

use crate::Ended;
use crate::fleet::Fleet;
use crate::process::{Program, Result, millis, now, stands_still};
use cloakroom_testkit::proxy::{Mode, Proxy};
use rustix::process::Signal;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::runtime::Runtime;

fn authority(folder: &Path, public: &str, internal: &str) -> Result<Program> {
    let this = std::env::current_exe()?;
    let words = ["authority", &folder.to_string_lossy(), public, internal].map(str::to_owned);
    Program::start(&this.to_string_lossy(), &words, "", 3)
}

/// The APIs: so many of this program, and one for each other language that is here.
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
fn apis(count: usize) -> Vec<(String, Vec<String>)> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let this = std::env::current_exe().unwrap_or_default().to_string_lossy().into_owned();
    let mut apis = vec![(this, words(&["api"])); count];
    for (program, file) in [("node", "examples/fleet/api.mjs"), ("python3", "examples/fleet/api.py")] {
        let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        if version.is_ok_and(|version| version.success()) {
            apis.push((program.to_owned(), words(&[file])));
        } else {
            println!("skipped: an API in {program}, which is not here");
        }
    }
    apis
}

/// Plays it all. An error is something that must not be.
pub(crate) fn run(count: usize) -> Ended {
    let began = now();
    let runtime = Runtime::new()?;
    let folder = tempfile::TempDir::new()?;
    let first = authority(folder.path(), "127.0.0.1:0", "127.0.0.1:0")?;
    let internal: SocketAddr = first.said("internal")?.parse()?;
    let (public, credential) = (first.said("public")?.to_owned(), first.said("credential")?.to_owned());
    // Each reaches the authority through a network of its own.
    let (mut networks, mut started) = (Vec::new(), Vec::new());
    for (program, words) in apis(count) {
        let network = runtime.block_on(Proxy::before(internal))?;
        let address = network.address().to_string();
        started.push(Program::start(&program, &[&words[..], &[address]].concat(), &credential, 1)?);
        networks.push(network);
    }
    let mut fleet = Fleet::of(vec![first], started, began);
    let all = |mode| networks.iter().for_each(|network| network.does(mode));

    // Nothing but its port is waited for: an API that knows nothing yet says 503.
    let anna = fleet.token("anna")?;
    fleet.all_until("/transfer", &anna, 200, &[503])?;
    let others = fleet.apis.len() - count;
    fleet.tell(&format!(
        "anna's token is accepted by {count} APIs of this program and {others} in other languages"
    ));

    let called = now();
    fleet.end("anna")?;
    let acknowledged = called.elapsed();
    let took = fleet.all_until("/notes", &anna, 401, &[200])?;
    let (acknowledged, took) = (millis(acknowledged), millis(took));
    fleet.tell(&format!(
        "anna is taken back: acknowledged in {acknowledged}, refused by all at most {took} later"
    ));

    let bob = fleet.token("bob")?;
    fleet.all_until("/transfer", &bob, 200, &[503])?;
    fleet.signal_all(Signal::STOP)?;
    fleet.end("bob")?;
    stands_still(Duration::from_millis(2_500));
    fleet.signal_all(Signal::CONT)?;
    let took = millis(fleet.all_until("/transfer", &bob, 401, &[503])?);
    fleet.tell(&format!(
        "all APIs stand still while bob is taken back: when they go on all say 401 after {took}, perhaps 503 before; never 200"
    ));

    let carl = fleet.token("carl")?;
    fleet.all_until("/transfer", &carl, 200, &[503])?;
    all(Mode::Holds);
    fleet.end("carl")?;
    let (sensitive, standard) = fleet.until_unknown(&carl)?;
    fleet.tell(&format!(
        "every network holds everything back while carl is taken back: accepted for {sensitive} (2 s are borne) and {standard} (10 s), then 503"
    ));
    all(Mode::Passes);
    let took = millis(fleet.all_until("/notes", &carl, 401, &[503])?);
    fleet.tell(&format!("they let everything through: carl is refused by all after {took}"));

    let dora = fleet.token("dora")?;
    fleet.all_until("/transfer", &dora, 200, &[503])?;
    fleet.authorities.iter().try_for_each(|authority| authority.signal(Signal::KILL))?;
    let (sensitive, standard) = fleet.until_unknown(&dora)?;
    fleet.tell(&format!(
        "the authority is killed: dora is accepted for {sensitive} (2 s) and {standard} (10 s), then 503; nobody is signed out"
    ));
    let back = now();
    fleet.authorities = vec![authority(folder.path(), &public, &internal.to_string())?];
    fleet.all_until("/transfer", &dora, 200, &[503])?;
    let took = millis(back.elapsed());
    fleet.tell(&format!(
        "the authority is back: all APIs accept dora {took} after its start, none was restarted"
    ));
    for token in [&anna, &bob, &carl] {
        fleet.all_until("/notes", token, 401, &[])?;
    }
    fleet.tell("anna, bob and carl are still refused everywhere");
    Ok(())
}
