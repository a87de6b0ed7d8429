//! Three sentinels over a Redis server and another one that repeats it.

use crate::binaries::find_redis;
use crate::keeper::{Owner, folder, keep};
use crate::postgres::{free_port, text, wait_a_moment};
use crate::redis::Redis;
use std::process::Child;

/// How often it is looked whether they agree.
const LOOKS: u32 = 400;

/// The servers and who looks after them.
#[derive(Debug)]
pub struct Sentinels {
    servers: [Redis; 2],
    ports: Vec<u16>,
    _kept: Vec<Child>,
}

impl Sentinels {
    /// Starts all of them.
    pub fn start() -> Result<Self, String> {
        let first = Redis::start(&[])?;
        let port = first.port().to_string();
        let second = Redis::start(&["--replicaof", "127.0.0.1", &port])?;
        let (mut ports, mut kept) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let (folder, own) = (folder("cloakroom-sentinel-").map_err(text("no folder"))?, free_port()?);
            let settings = format!(
                "port {own}\nbind 127.0.0.1\ndir {}\nsentinel monitor shop 127.0.0.1 {port} 2\nsentinel down-after-milliseconds shop 500\nsentinel failover-timeout shop 2000\n",
                folder.display()
            );
            let (owner, file) = (Owner::of_servers(), folder.join("sentinel.conf"));
            std::fs::write(&file, settings).map_err(text("sentinel.conf"))?;
            owner.owns(&folder).and_then(|()| owner.owns(&file)).map_err(text("no folder"))?;
            let args = [file.display().to_string(), "--sentinel".to_owned()];
            kept.push(keep(&owner, &folder, &find_redis()?, &args).map_err(text("redis-server"))?);
            ports.push(own);
        }
        let all = Self { servers: [first, second], ports, _kept: kept };
        // All know each other and who repeats.
        all.wait(|all| all.ports.iter().all(|port| all.knows(*port)))?;
        Ok(all)
    }

    fn knows(&self, port: u16) -> bool {
        let known = Redis::ask(port, &["SENTINEL", "MASTER", "shop"]).unwrap_or_default();
        let field = |name: &str| {
            let mut words = known.split("\r\n").skip_while(|word| *word != name);
            words.nth(2).and_then(|value| value.parse::<u32>().ok()).unwrap_or_default()
        };
        field("num-slaves") >= 1 && field("num-other-sentinels") >= 2
    }

    fn wait(&self, is_so: impl Fn(&Self) -> bool) -> Result<(), String> {
        for _ in 0..LOOKS {
            if is_so(self) {
                return Ok(());
            }
            wait_a_moment();
        }
        Err("the sentinels do not agree".to_owned())
    }

    /// The server that is written to, and the other one.
    #[must_use]
    pub const fn servers(&self) -> &[Redis; 2] {
        &self.servers
    }

    /// Waits until this server is the one.
    pub fn wait_for(&self, server: &Redis) -> Result<(), String> {
        let port = server.port().to_string();
        self.wait(|all| {
            let found = |asked: &u16| Redis::ask(*asked, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop"]);
            all.ports.iter().all(|asked| found(asked).is_ok_and(|found| found.contains(&port)))
        })
    }

    /// Where they are, with a prefix.
    #[must_use]
    pub fn url(&self, prefix: &str) -> String {
        let places: Vec<String> = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://{}/shop?prefix={prefix}", places.join(","))
    }
}
