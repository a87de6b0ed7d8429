//! What happens to them, and what everybody says meanwhile.

use crate::Ended;
use cloakroom_testkit::proxy::{Mode, Proxy};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use ureq::Agent;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process of this program, and what it has said when it was ready.
struct Program {
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
    fn start(program: &str, words: &[String], credential: &str, lines: usize) -> Result<Self> {
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

    fn said(&self, name: &str) -> Result<&str> {
        Ok(self.said.get(name).ok_or("it did not say that")?)
    }

    fn signal(&self, signal: Signal) -> Ended {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).ok_or("no process")?;
        Ok(kill_process(pid, signal)?)
    }
}

fn authority(folder: &Path, public: &str, internal: &str) -> Result<Program> {
    let this = std::env::current_exe()?;
    let words = ["authority", &folder.to_string_lossy(), public, internal].map(str::to_owned);
    Program::start(&this.to_string_lossy(), &words, "", 3)
}

struct Fleet {
    agent: Agent,
    authority: Program,
    apis: Vec<Program>,
    began: Instant,
}

impl Fleet {
    fn post(&self, path: &str) -> Result<String> {
        let url = format!("http://{}{path}", self.authority.said("public")?);
        let answer = self.agent.post(&url).header("host", "localhost:3002").send_empty()?;
        if !answer.status().is_success() {
            return Err(format!("{path}: {}", answer.status()).into());
        }
        Ok(answer.into_body().read_to_string()?)
    }

    fn token(&self, name: &str) -> Result<String> {
        self.post(&format!("/token?name={name}"))
    }

    fn end(&self, name: &str) -> Ended {
        self.post(&format!("/end?name={name}")).map(drop)
    }

    /// What an API says: 200, 401, 503.
    fn says(&self, api: usize, path: &str, token: &str) -> Result<u16> {
        let url = format!("http://{}{path}", self.apis.get(api).ok_or("no such API")?.said("public")?);
        let answer = self.agent.get(&url).header("authorization", format!("Bearer {token}")).call()?;
        Ok(answer.status().as_u16())
    }

    /// Asks until it says so, and tells how long that took. What it says meanwhile must be among `meanwhile`.
    fn until(&self, api: usize, path: &str, token: &str, wanted: u16, meanwhile: &[u16]) -> Result<Duration> {
        let began = now();
        loop {
            match self.says(api, path, token)? {
                said if said == wanted => return Ok(began.elapsed()),
                said if !meanwhile.contains(&said) => {
                    return Err(format!("API {api} says {said} to {path}, waiting for {wanted}").into());
                }
                said if began.elapsed() > PATIENCE => {
                    return Err(format!("API {api} still says {said}").into());
                }
                _ => {}
            }
        }
    }

    /// The same of every API, and how long it took until the last one said so.
    fn all_until(&self, path: &str, token: &str, wanted: u16, meanwhile: &[u16]) -> Result<Duration> {
        let began = now();
        for api in 0..self.apis.len() {
            self.until(api, path, token, wanted, meanwhile)?;
        }
        Ok(began.elapsed())
    }

    /// Until nobody can say any more, on a sensitive route and on another. Whoever is let in by a request that was sent later than what is
    /// borne was let in too late, however long the answer took.
    fn until_unknown(&self, token: &str) -> Result<(String, String)> {
        let began = now();
        let within = |path, borne: u64| {
            for api in 0..self.apis.len() {
                loop {
                    let sent = began.elapsed();
                    match self.says(api, path, token)? {
                        503 => break,
                        200 if sent <= Duration::from_millis(borne) => {}
                        said => {
                            return Err(format!(
                                "API {api} says {said} to {path}, asked {} later",
                                millis(sent)
                            )
                            .into());
                        }
                    }
                }
            }
            Ok(millis(began.elapsed()))
        };
        let sensitive: Result<String> = within("/transfer", 2_000);
        Ok((sensitive?, within("/notes", 10_000)?))
    }

    fn signal_all(&self, signal: Signal) -> Ended {
        self.apis.iter().try_for_each(|api| api.signal(signal))
    }

    #[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
    fn tell(&self, what: &str) {
        println!("{:6.2} s  {what}", self.began.elapsed().as_secs_f64());
    }
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn now() -> Instant {
    Instant::now()
}

/// What stands still does not say when it is over.
fn stands_still(length: Duration) {
    let (_nobody, says) = std::sync::mpsc::channel::<()>();
    let _never = says.recv_timeout(length);
}

fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
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
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
    let mut fleet = Fleet { agent: config.into(), authority: first, apis: started, began };
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
    fleet.authority.signal(Signal::KILL)?;
    let (sensitive, standard) = fleet.until_unknown(&dora)?;
    fleet.tell(&format!(
        "the authority is killed: dora is accepted for {sensitive} (2 s) and {standard} (10 s), then 503; nobody is signed out"
    ));
    let back = now();
    fleet.authority = authority(folder.path(), &public, &internal.to_string())?;
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
