//! Two authorities on one PostgreSQL and one Redis, each with APIs of its own, and what everybody says when one of the four is gone.

use crate::Ended;
use crate::fleet::Fleet;
use crate::process::{Program, Result, millis, now, stands_still};
use cloakroom_servers::postgres::Postgres;
use cloakroom_servers::redis::Redis;
use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::time::Duration;

/// Which APIs follow the first authority, and which the second.
const FIRST: [usize; 2] = [0, 1];
const SECOND: [usize; 2] = [2, 3];

struct Stores {
    postgres: Postgres,
    redis: Redis,
    database: String,
}

impl Stores {
    fn start() -> Result<Self> {
        let (postgres, redis) = (Postgres::start(&[], None)?, Redis::start(&[])?);
        let database = postgres.database()?;
        Ok(Self { postgres, redis, database })
    }

    fn authority(&self, folder: &Path, public: &str, internal: &str) -> Result<Program> {
        let this = std::env::current_exe()?;
        let (database, sessions) = (self.postgres.url(&self.database), self.redis.url("fleet:"));
        let words = ["authority", &folder.to_string_lossy(), public, internal, &database, &sessions];
        Program::start(&this.to_string_lossy(), &words.map(str::to_owned), "", 3)
    }

    /// PostgreSQL stands still, with everything it has started; or goes on.
    fn signal_postgres(&self, signal: Signal) -> Ended {
        let server = self.postgres.pid().ok_or("there is no PostgreSQL")?;
        let mut all = vec![server];
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            if status.lines().any(|line| line == format!("PPid:\t{server}")) {
                all.push(pid);
            }
        }
        for pid in all {
            let pid = Pid::from_raw(i32::try_from(pid)?).ok_or("no process")?;
            // One may have ended since.
            let _gone = kill_process(pid, signal);
        }
        Ok(())
    }
}

/// Plays it all. An error is something that must not be.
pub(crate) fn run() -> Ended {
    let began = now();
    let (stores, folder) = (Stores::start()?, tempfile::TempDir::new()?);
    let anywhere = "127.0.0.1:0";
    // The first one makes the root key that both have.
    let first = stores.authority(folder.path(), anywhere, anywhere)?;
    let second = stores.authority(folder.path(), anywhere, anywhere)?;
    let credential = first.said("credential")?.to_owned();
    let at = (first.said("public")?.to_owned(), first.said("internal")?.to_owned());
    let this = std::env::current_exe()?;
    let mut apis = Vec::new();
    for authority in [&first, &first, &second, &second] {
        let words = ["api", authority.said("internal")?].map(str::to_owned);
        apis.push(Program::start(&this.to_string_lossy(), &words, &credential, 1)?);
    }
    let mut fleet = Fleet::of(vec![first, second], apis, began);

    let anna = fleet.token("anna")?;
    fleet.all_until("/transfer", &anna, 200, &[503])?;
    fleet.tell("anna's token, from the first authority, is accepted by APIs that follow the first and by APIs that follow the second");

    let called = now();
    fleet.post(1, "/end?name=anna")?;
    let acknowledged = millis(called.elapsed());
    let took = millis(fleet.all_until("/notes", &anna, 401, &[200])?);
    fleet.tell(&format!(
        "the second takes anna back: acknowledged in {acknowledged}, refused by all at most {took} later"
    ));

    // Authorities that have just started wait for those who may have followed others before.
    let waited = now();
    fleet.post(0, "/everywhere")?;
    fleet.tell(&format!(
        "whoever followed before the start believes nothing any more: {}",
        millis(waited.elapsed())
    ));
    let bob = fleet.token("bob")?;
    fleet.all_until("/transfer", &bob, 200, &[503])?;
    let waited = now();
    fleet.post(0, "/end?name=bob")?;
    fleet.post(0, "/everywhere")?;
    let took = millis(waited.elapsed());
    fleet.all_until("/notes", &bob, 401, &[])?;
    fleet.tell(&format!("the first takes bob back and waits until that holds everywhere, at the second's too: {took}; from then on nobody lets him in"));

    let carl = fleet.token("carl")?;
    fleet.all_until("/transfer", &carl, 200, &[503])?;
    for api in SECOND {
        fleet.apis.get(api).ok_or("no such API")?.signal(Signal::STOP)?;
    }
    let waited = now();
    fleet.post(0, "/end?name=carl")?;
    fleet.post(0, "/everywhere")?;
    let took = waited.elapsed();
    if took < Duration::from_secs(5) {
        return Err(format!(
            "it is said to hold everywhere after {}, and two APIs stand still",
            millis(took)
        )
        .into());
    }
    for api in SECOND {
        fleet.apis.get(api).ok_or("no such API")?.signal(Signal::CONT)?;
    }
    fleet.all_until("/notes", &carl, 401, &[503])?;
    fleet.tell(&format!("APIs of the second stand still while the first takes carl back: it holds everywhere when they cannot believe any more, after {}", millis(took)));

    let dora = fleet.token("dora")?;
    fleet.all_until("/transfer", &dora, 200, &[503])?;
    stores.redis.kill()?;
    let called = now();
    fleet.post(1, "/end?name=dora")?;
    let acknowledged = millis(called.elapsed());
    let took = millis(fleet.all_until("/notes", &dora, 401, &[200])?);
    fleet.tell(&format!("Redis is killed: dora is taken back all the same, acknowledged in {acknowledged}, refused by all at most {took} later"));
    if fleet.token("emil").is_ok() {
        return Err("somebody was let in whose session is nowhere".into());
    }
    stores.redis.run(&[])?;
    let emil = loop {
        if let Ok(token) = fleet.token("emil") {
            break token;
        }
    };
    fleet.all_until("/transfer", &emil, 200, &[503])?;
    fleet.tell("Redis is back: emil signs in, nothing was restarted");

    stores.signal_postgres(Signal::STOP)?;
    let (sensitive, standard) = fleet.until_unknown(&emil)?;
    stores.signal_postgres(Signal::CONT)?;
    fleet.all_until("/transfer", &emil, 200, &[503])?;
    fleet.tell(&format!("PostgreSQL stands still: emil is accepted for {sensitive} (2 s are borne) and {standard} (10 s), then 503; when it goes on he is accepted again"));

    stores.postgres.kill()?;
    stands_still(Duration::from_millis(2_500));
    for api in 0..fleet.apis.len() {
        let said = fleet.says(api, "/transfer", &emil)?;
        if said != 503 {
            return Err(format!("API {api} says {said}, and nobody can know").into());
        }
    }
    stores.postgres.run(&[])?;
    fleet.all_until("/transfer", &emil, 200, &[503])?;
    fleet.tell("PostgreSQL is killed, and comes back with everything that was acknowledged; emil is accepted again, nothing was restarted");

    fleet.authorities.first().ok_or("no authority")?.signal(Signal::KILL)?;
    fleet.post(1, "/end?name=emil")?;
    for api in SECOND {
        fleet.until(api, "/transfer", &emil, 401, &[200])?;
    }
    for api in FIRST {
        fleet.until(api, "/transfer", &emil, 503, &[200])?;
    }
    let back = now();
    let again = stores.authority(folder.path(), &at.0, &at.1)?;
    if let Some(first) = fleet.authorities.first_mut() {
        *first = again;
    }
    fleet.all_until("/transfer", &emil, 401, &[503])?;
    fleet.tell(&format!("the first is killed while the second takes emil back: its own refuse him, those of the first say 503, and 401 {} after it is back", millis(back.elapsed())));
    for token in [&anna, &bob, &carl, &dora] {
        fleet.all_until("/notes", token, 401, &[])?;
    }
    fleet.tell("anna, bob, carl and dora are still refused everywhere");
    Ok(())
}
