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
    fn start(words: &[&str], credential: &str, lines: usize) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(words).env("FEED_CREDENTIAL", credential).stdout(Stdio::piped());
        let mut child = command.spawn()?;
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
    Program::start(&["authority", &folder.to_string_lossy(), public, internal], "", 3)
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

/// Plays it all. An error is something that must not be.
pub(crate) fn run(count: usize) -> Ended {
    let began = now();
    let runtime = Runtime::new()?;
    let folder = tempfile::TempDir::new()?;
    let first = authority(folder.path(), "127.0.0.1:0", "127.0.0.1:0")?;
    let internal: SocketAddr = first.said("internal")?.parse()?;
    let (public, credential) = (first.said("public")?.to_owned(), first.said("credential")?.to_owned());
    // The last API reaches the authority through a network that can be cut.
    let network = runtime.block_on(Proxy::before(internal))?;
    let last = count - 1;
    let apis = (0..count).map(|api| {
        let address = if api == last { network.address() } else { internal };
        Program::start(&["api", &address.to_string()], &credential, 1)
    });
    let apis = apis.collect::<Result<Vec<_>>>()?;
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
    let mut fleet = Fleet { agent: config.into(), authority: first, apis, began };

    // Nothing but its port is waited for: an API that knows nothing yet says 503.
    let anna = fleet.token("anna")?;
    for api in 0..count {
        fleet.until(api, "/transfer", &anna, 200, &[503])?;
    }
    fleet.tell(&format!("anna's token is accepted by {count} APIs"));

    let called = now();
    fleet.end("anna")?;
    let acknowledged = called.elapsed();
    let delays = (0..count).map(|api| fleet.until(api, "/notes", &anna, 401, &[200]));
    let delays = delays.collect::<Result<Vec<_>>>()?;
    let slowest = delays.iter().max().copied().unwrap_or_default();
    fleet.tell(&format!(
        "anna is taken back: acknowledged in {}, refused by all at most {} later",
        millis(acknowledged),
        millis(slowest)
    ));

    let bob = fleet.token("bob")?;
    fleet.until(0, "/transfer", &bob, 200, &[])?;
    let stopped = fleet.apis.first().ok_or("no API")?;
    stopped.signal(Signal::STOP)?;
    fleet.end("bob")?;
    stands_still(Duration::from_millis(2_500));
    stopped.signal(Signal::CONT)?;
    let took = fleet.until(0, "/transfer", &bob, 401, &[503])?;
    fleet.tell(&format!("an API stands still while bob is taken back: when it goes on it says 503, and after {} 401; never 200", millis(took)));

    let carl = fleet.token("carl")?;
    fleet.until(last, "/transfer", &carl, 200, &[])?;
    network.does(Mode::Holds);
    fleet.end("carl")?;
    let sensitive = fleet.until(last, "/transfer", &carl, 503, &[200])?;
    let standard = sensitive + fleet.until(last, "/notes", &carl, 503, &[200])?;
    fleet.tell(&format!(
        "a network holds everything back while carl is taken back: accepted behind it for {} (2 s are borne) and {} (10 s), then 503",
        millis(sensitive),
        millis(standard)
    ));
    if sensitive > Duration::from_millis(2_100) || standard > Duration::from_millis(10_100) {
        return Err("longer than the bound".into());
    }
    network.does(Mode::Passes);
    let took = fleet.until(last, "/notes", &carl, 401, &[503])?;
    fleet.tell(&format!("it lets everything through: carl is refused after {}", millis(took)));

    let dora = fleet.token("dora")?;
    for api in 0..count {
        fleet.until(api, "/transfer", &dora, 200, &[503])?;
    }
    fleet.authority.signal(Signal::KILL)?;
    let killed = now();
    for api in 0..count {
        fleet.until(api, "/transfer", &dora, 503, &[200])?;
    }
    let sensitive = killed.elapsed();
    for api in 0..count {
        fleet.until(api, "/notes", &dora, 503, &[200])?;
    }
    let standard = killed.elapsed();
    fleet.tell(&format!(
        "the authority is killed: dora is accepted for {} (2 s) and {} (10 s), then 503; nobody is signed out",
        millis(sensitive),
        millis(standard)
    ));
    if sensitive > Duration::from_millis(2_200) || standard > Duration::from_millis(10_200) {
        return Err("longer than the bound".into());
    }

    let back = now();
    fleet.authority = authority(folder.path(), &public, &internal.to_string())?;
    for api in 0..count {
        fleet.until(api, "/transfer", &dora, 200, &[503])?;
    }
    fleet.tell(&format!(
        "the authority is back: all APIs accept dora {} after its start, none was restarted",
        millis(back.elapsed())
    ));
    for api in 0..count {
        for token in [&anna, &bob, &carl] {
            if fleet.says(api, "/notes", token)? != 401 {
                return Err("somebody who was taken back is let in".into());
            }
        }
    }
    fleet.tell("anna, bob and carl are still refused everywhere");
    Ok(())
}
